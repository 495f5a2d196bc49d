package org.jvmm.devices.lapic;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import org.jvmm.core.bus.MmioBus;
import org.jvmm.core.bus.MmioDevice;
import org.jvmm.core.bus.WiringException;

/**
 * The local APICs' pages on the MMIO bus. All vCPUs have theirs at one address, so an access goes
 * to the APIC of the vCPU that makes it; a page follows IA32_APIC_BASE.
 *
 * <p>The bus holds a page's monitor around each access, outside all locks of the package. Guests
 * that mind use x2APIC mode, whose MSRs come here not at all.
 */
public final class LapicWindow {
  private static final int WIDTH = 4;

  private final MmioBus bus;
  private final List<LocalApicDevice> apics;
  private final IntSupplier current;
  private final Map<Long, Page> pages = new HashMap<>();

  /**
   * Attaches the pages and keeps them where the guest puts them.
   *
   * @param apics by vCPU id
   * @param current the id of the vCPU that makes an access: {@code VcpuThread::current}
   */
  public LapicWindow(MmioBus bus, List<LocalApicDevice> apics, IntSupplier current) {
    this.bus = bus;
    this.apics = List.copyOf(apics);
    this.current = current;
    for (LocalApicDevice apic : this.apics) {
      apic.onBaseChange(this::follow);
    }
    follow();
  }

  /** Makes the pages on the bus those that some APIC has. */
  private synchronized void follow() {
    for (LocalApicDevice apic : apics) {
      long base = apic.page();
      if (base >= 0 && !pages.containsKey(base)) {
        attach(base);
      }
    }
    pages.keySet().removeIf(this::detachUnused);
  }

  private void attach(long base) {
    Page page = new Page(base);
    try {
      bus.attach("lapic", base, LocalApicDevice.WINDOW, WIDTH, page);
      pages.put(base, page);
    } catch (WiringException e) {
      // The guest moved an APIC onto another device, which keeps its address.
      return;
    }
  }

  private boolean detachUnused(long base) {
    boolean unused = apics.stream().noneMatch(apic -> apic.page() == base);
    if (unused) {
      bus.detach(base);
    }
    return unused;
  }

  private final class Page implements MmioDevice {
    private final long base;

    Page(long base) {
      this.base = base;
    }

    private LocalApicDevice apic() {
      int vcpu = current.getAsInt();
      LocalApicDevice apic = vcpu >= 0 && vcpu < apics.size() ? apics.get(vcpu) : null;
      return apic != null && apic.page() == base ? apic : null;
    }

    @Override
    public long read(long offset, int size) {
      LocalApicDevice apic = apic();
      return apic == null ? -1 : apic.read(offset, size);
    }

    @Override
    public void write(long offset, int size, long value) {
      LocalApicDevice apic = apic();
      if (apic != null) {
        apic.write(offset, size, value);
      }
    }
  }
}
