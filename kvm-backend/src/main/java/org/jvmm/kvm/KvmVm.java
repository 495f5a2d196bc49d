package org.jvmm.kvm;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jvmm.core.accel.CoalescedWrites;
import org.jvmm.core.accel.ConfigException;
import org.jvmm.core.accel.CpuidSource;
import org.jvmm.core.accel.EventFds;
import org.jvmm.core.accel.GuestClock;
import org.jvmm.core.accel.IoapicRoutes;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.core.accel.Vcpu;
import org.jvmm.core.accel.VirtualMachine;
import org.jvmm.core.accel.VmConfig;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.irq.MsiTarget;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.run.FailureReport;
import org.jvmm.kvm.abi.KvmAbi;
import org.jvmm.kvm.abi.KvmCap;
import org.jvmm.kvm.abi.KvmStructs.kvm_pit_config;
import org.jvmm.kvm.abi.KvmStructs.kvm_xsave;
import org.jvmm.kvm.nativecall.NativeMemory;

/** A VM's file descriptor: memory slots, interrupt controllers, vCPUs. */
final class KvmVm implements VirtualMachine {
  /**
   * Three pages for Intel's real mode and one for its identity map: below any BIOS up to 16 MiB,
   * above the APICs.
   */
  private static final long IDENTITY_MAP = 0xfeff_c000L, TSS = 0xfeff_d000L;

  /** KVM_PIT_SPEAKER_DUMMY: port 0x61 comes with the 8254, whose channel 2 it shows. */
  private static final int PIT_WITH_PORT_61 = 1;

  /** KVM_X2APIC_API_USE_32BIT_IDS and _DISABLE_BROADCAST_QUIRK: more vCPUs than an xAPIC counts. */
  private static final int X2APIC_IDS = 3, XAPIC_VCPUS = 255;

  /** The only key of {@code -accel kvm,key=value}. */
  private static final String TSC_KHZ = "tsc-khz";

  private final Kvm kvm;
  private final KvmFd fd;
  private final VmConfig config;
  private final KvmSlots slots;
  private final KvmIrqchip irqchip;
  private final VmFacts facts;
  private final GuestCpuid cpuid;
  private final List<KvmVcpu> vcpus = new CopyOnWriteArrayList<>();
  private final CoalescedRing coalesced;
  private final KvmEventFds eventFds;
  private final Map<Class<?>, Object> capabilities = new HashMap<>();

  /** Instead of {@link #cpuid}, or null. */
  private CpuidSource.Answers answers;

  /** KVM's interrupt controllers and timer with their state after power-on; or null. */
  private final KvmChips chips;

  private final KvmChips.State newChips;

  /** Takes over the open device. */
  KvmVm(Kvm kvm, VmConfig config) {
    this.kvm = kvm;
    this.config = config;
    int most = kvm.check(KvmCap.KVM_CAP_MAX_VCPUS);
    if (config.vcpus() > most) {
      throw new ConfigException(
          "%d vCPUs: KVM on this host has at most %d".formatted(config.vcpus(), most));
    }
    cpuid = new GuestCpuid(kvm.supportedCpuid(), config.cpu(), config.vcpus(), config.irqchip());
    fd = kvm.createVm();
    try {
      placeRealModePages();
      createIrqchip();
      if (config.vcpus() > XAPIC_VCPUS && config.irqchip() != IrqchipMode.USER) {
        fd.enable(KvmCap.KVM_CAP_X2APIC_API, X2APIC_IDS);
      }
      boolean manual = enableOptional(KvmCap.KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2);
      enableOptional(KvmCap.KVM_CAP_EXIT_ON_EMULATION_FAILURE);
      int slotLimit = Math.max(32, fd.check(KvmCap.KVM_CAP_NR_MEMSLOTS));
      slots = new KvmSlots(fd, slotLimit, fd.has(KvmCap.KVM_CAP_READONLY_MEM), manual);
      irqchip = new KvmIrqchip(fd, config.irqchip());
      facts =
          new VmFacts(
              kvm.vcpuMmapSize(),
              Math.max(kvm_xsave.sizeof, fd.check(KvmCap.KVM_CAP_XSAVE2)),
              fd.has(KvmCap.KVM_CAP_SREGS2),
              (fd.check(KvmCap.KVM_CAP_SYNC_REGS) & SyncedRegs.ALL) == SyncedRegs.ALL,
              kvm.msrIndexes(),
              tscKhz(config.options()));
      coalesced = new CoalescedRing(fd);
      eventFds = new KvmEventFds(fd);
      chips = config.irqchip() == IrqchipMode.KERNEL ? new KvmChips(fd) : null;
      newChips = chips == null ? null : chips.save();
      offerCapabilities();
      config.memory().addListener(slots);
    } catch (RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  private void offerCapabilities() {
    capabilities.put(FailureReport.class, new KvmFailureReport(config.memory().memory()));
    if (fd.has(KvmCap.KVM_CAP_ADJUST_CLOCK)) {
      capabilities.put(GuestClock.class, new KvmClock(fd, vcpus));
    }
    if (fd.has(KvmCap.KVM_CAP_COALESCED_MMIO) && fd.has(KvmCap.KVM_CAP_COALESCED_PIO)) {
      capabilities.put(CoalescedWrites.class, coalesced);
    }
    if (fd.has(KvmCap.KVM_CAP_IOEVENTFD) && fd.has(KvmCap.KVM_CAP_IRQFD)) {
      capabilities.put(EventFds.class, eventFds);
    }
    capabilities.put(CpuidSource.class, (CpuidSource) told -> answers = told);
    if (config.irqchip() == IrqchipMode.SPLIT) {
      capabilities.put(IoapicRoutes.class, new KvmIoapicRoutes(fd));
    }
    if (chips != null) {
      capabilities.put(KvmChips.class, chips);
    }
  }

  /** Reads the accelerator's options. */
  private int tscKhz(Map<String, String> options) {
    for (String key : options.keySet()) {
      if (!key.equals(TSC_KHZ)) {
        throw new ConfigException("-accel kvm,%s: known is %s=N".formatted(key, TSC_KHZ));
      }
    }
    String value = options.get(TSC_KHZ);
    if (value == null) {
      return 0;
    }
    if (!value.matches("\\d{1,9}")) {
      throw new ConfigException("-accel kvm,%s=%s: not a number of kHz".formatted(TSC_KHZ, value));
    }
    int khz = Integer.parseInt(value);
    if (khz > 0 && !kvm.has(KvmCap.KVM_CAP_TSC_CONTROL)) {
      throw new ConfigException(
          "-accel kvm,%s=%s: this host's CPU cannot scale the TSC".formatted(TSC_KHZ, value));
    }
    return khz;
  }

  private void placeRealModePages() {
    fd.ioctl(KvmAbi.KVM_SET_TSS_ADDR, TSS);
    if (kvm.has(KvmCap.KVM_CAP_SET_IDENTITY_MAP_ADDR)) {
      try (NativeMemory address = new NativeMemory(fd.calls(), 8)) {
        address.putLong(0, IDENTITY_MAP);
        fd.ioctl(KvmAbi.KVM_SET_IDENTITY_MAP_ADDR, address.address(), "%#x", IDENTITY_MAP);
      }
    }
  }

  private void createIrqchip() {
    switch (config.irqchip()) {
      case KERNEL -> {
        fd.ioctl(KvmAbi.KVM_CREATE_IRQCHIP, 0);
        try (NativeMemory pit = new NativeMemory(fd.calls(), kvm_pit_config.sizeof)) {
          pit.putInt(kvm_pit_config.flags, PIT_WITH_PORT_61);
          fd.ioctl(KvmAbi.KVM_CREATE_PIT2, pit);
        }
      }
      case SPLIT -> fd.enable(KvmCap.KVM_CAP_SPLIT_IRQCHIP, KvmAbi.KVM_IOAPIC_NUM_PINS);
      default -> {
        if (fd.has(KvmCap.KVM_CAP_X86_USER_SPACE_MSR)) {
          fd.enable(
              KvmCap.KVM_CAP_X86_USER_SPACE_MSR,
              KvmAbi.KVM_MSR_EXIT_REASON_INVAL | KvmAbi.KVM_MSR_EXIT_REASON_UNKNOWN);
        }
      }
    }
  }

  /** Switches a capability on where it is; it may be there and refuse. */
  private boolean enableOptional(KvmCap cap) {
    if (!fd.has(cap)) {
      return false;
    }
    fd.enable(cap, 1);
    return true;
  }

  @Override
  public String accelerator() {
    return KvmAccelerator.NAME;
  }

  @Override
  public Vcpu createVcpu(int id) {
    if (id < 0 || id >= config.vcpus() || exists(id)) {
      throw new IllegalArgumentException("vcpu id=%d of %d".formatted(id, config.vcpus()));
    }
    int number = fd.ioctl(KvmAbi.KVM_CREATE_VCPU, id, "id=%d", id);
    KvmFd vcpuFd = new KvmFd(fd.calls(), number, "vcpu " + id);
    try {
      KvmVcpu vcpu = new KvmVcpu(this, id, vcpuFd, facts);
      vcpus.add(vcpu);
      return vcpu;
    } catch (RuntimeException e) {
      vcpuFd.close();
      throw e;
    }
  }

  private boolean exists(int id) {
    for (KvmVcpu vcpu : vcpus) {
      if (vcpu.id() == id) {
        return true;
      }
    }
    return false;
  }

  void forget(KvmVcpu vcpu) {
    vcpus.remove(vcpu);
  }

  CpuidTable cpuidOf(int id, KvmFd vcpu) {
    if (answers != null) {
      return CpuidTable.of(id, answers);
    }
    return cpuid.of(id, Math.max(0, vcpu.attempt(KvmAbi.KVM_GET_TSC_KHZ, 0)));
  }

  @Override
  public IrqchipMode irqchip() {
    return config.irqchip();
  }

  @Override
  public IrqLine irqLine(int gsi) {
    return irqchip.line(gsi);
  }

  @Override
  public MsiTarget msi() {
    if (config.irqchip() == IrqchipMode.USER) {
      throw new IllegalStateException("KVM has no local APICs with irqchip USER");
    }
    return irqchip;
  }

  @Override
  public void reset() {
    if (chips != null) {
      chips.restore(newChips);
    }
  }

  @Override
  public void logDirty(MemorySlot slot, boolean on) {
    slots.logDirty(slot, on);
  }

  @Override
  public void takeDirty(MemorySlot slot, long[] bitmap) {
    slots.takeDirty(slot, bitmap);
  }

  @Override
  public <T> Optional<T> capability(Class<T> type) {
    return Optional.ofNullable(type.cast(capabilities.get(type)));
  }

  CoalescedRing coalesced() {
    return coalesced;
  }

  @Override
  public void close() {
    config.memory().removeListener(slots);
    vcpus.forEach(KvmVcpu::close);
    eventFds.close();
    irqchip.close();
    slots.close();
    fd.close();
    kvm.close();
  }
}
