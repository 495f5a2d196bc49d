package org.jvmm.devices.ide;

import org.jvmm.core.bus.PortDevice;
import org.jvmm.devices.pci.PciBus;
import org.jvmm.devices.pci.PciFunction;
import org.jvmm.devices.pci.PciSpec;

/**
 * The IDE function of the PIIX3 (82371SB section 2.3): two channels in legacy mode, whose ports and
 * interrupts are the ISA ones, and the bus masters' registers behind BAR 4.
 *
 * <p>The timing registers hold what is written. They come up as firmware leaves them, with both
 * channels decoded, so that a kernel booted without firmware finds them; clearing the decode bits
 * changes nothing.
 */
public final class Piix3Ide {
  private static final int VENDOR = 0x8086, DEVICE = 0x7010;

  /** Mass storage, IDE, bus master in legacy mode. */
  private static final int CLASS = 0x01_01_80;

  /** Fast back-to-back, medium DEVSEL. */
  private static final int STATUS = 0x0280;

  private static final int BMIBA = 4;

  /** IDETIM of both channels, with IDE decode enabled; SIDETIM. */
  private static final int IDETIM_PRIMARY = 0x40, IDETIM_SECONDARY = 0x42, SIDETIM = 0x44;

  private static final int DECODE = 0x8000;

  private final IdeChannel primary;
  private final IdeChannel secondary;
  private final PciFunction function;

  /** Puts the function into its place on the bus. */
  public Piix3Ide(PciBus bus, int slot, int number, IdeChannel primary, IdeChannel secondary) {
    this.primary = primary;
    this.secondary = secondary;
    this.function = bus.add(slot, number, spec());
    enable();
  }

  private PciSpec spec() {
    return new PciSpec("piix3-ide", VENDOR, DEVICE)
        .classCode(CLASS)
        .status(STATUS)
        .register(IDETIM_PRIMARY, 2, DECODE, 0xffff)
        .register(IDETIM_SECONDARY, 2, DECODE, 0xffff)
        .register(SIDETIM, 1, 0, 0xff)
        .ioBar(BMIBA, 2 * BusMaster.PORTS, 4, new BusMasters())
        .onChange(this::enable)
        .onReset(this::reset);
  }

  private void enable() {
    primary.enableBusMaster(function.busMaster());
    secondary.enableBusMaster(function.busMaster());
  }

  /** The configuration space, for snapshots; the channels are reset with it. */
  public PciFunction function() {
    return function;
  }

  private void reset() {
    primary.reset();
    secondary.reset();
  }

  /** The window behind BAR 4: eight ports for each channel. */
  private final class BusMasters implements PortDevice {
    @Override
    public long posted() {
      return primary.busMasterPorts().posted()
          | secondary.busMasterPorts().posted() << BusMaster.PORTS;
    }

    @Override
    public int read(int offset, int size) {
      return channel(offset).busMasterPorts().read(offset % BusMaster.PORTS, size);
    }

    @Override
    public void write(int offset, int size, int value) {
      channel(offset).busMasterPorts().write(offset % BusMaster.PORTS, size, value);
    }

    private IdeChannel channel(int offset) {
      return offset < BusMaster.PORTS ? primary : secondary;
    }
  }
}
