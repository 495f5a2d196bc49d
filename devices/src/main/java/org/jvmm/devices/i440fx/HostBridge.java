package org.jvmm.devices.i440fx;

import org.jvmm.devices.pci.PciBus;
import org.jvmm.devices.pci.PciConfig.Command;
import org.jvmm.devices.pci.PciConfig.Status;
import org.jvmm.devices.pci.PciFunction;
import org.jvmm.devices.pci.PciSpec;

/**
 * The host bridge: PCI device 0 of a PC, whose registers decide what is seen between 640 KiB and 1
 * MiB.
 */
public final class HostBridge {
  /** Programmable attribute map: seven registers, and what shows RAM everywhere. */
  public static final int PAM0 = 0x59, PAMS = 7, ALL_RAM = 0x33;

  private static final int VENDOR = 0x8086, DEVICE = 0x1237, REVISION = 2;

  /** Host to PCI bridge. */
  private static final int CLASS = 0x060000;

  /** Registers of section 3.2, in its names. */
  private static final int PMCCFG = 0x50, DBC = 0x53, AXC = 0x54, DRT = 0x55, DRAMC = 0x57;

  private static final int DRAMT = 0x58, DRB0 = 0x60, FDHC = 0x68;
  private static final int MTT = 0x70, CLT = 0x71, SMRAM = 0x72, ERRCMD = 0x90, ERRSTS = 0x91;

  /** System management RAM control (section 3.2.19). */
  private static final class Smram {
    static final int C_BASE_SEG = 2;
    static final int G_SMRAME = 1 << 3, D_LCK = 1 << 4, D_CLS = 1 << 5, D_OPEN = 1 << 6;
  }

  private static final int SMRAM_OPEN = Smram.G_SMRAME | Smram.D_OPEN;

  // Glue
  private final ShadowMemory memory;
  private final PciFunction pci;

  /** SMRAM as it took effect last: the register's old value when it is written. */
  private int smram;

  /** The bridge on its bus, in slot 0. */
  public HostBridge(PciBus bus, ShadowMemory memory) {
    this.memory = memory;
    PciSpec spec =
        new PciSpec("i440fx", VENDOR, DEVICE)
            .revision(REVISION)
            .classCode(CLASS)
            .command(Command.MEMORY | Command.BUS_MASTER, Command.SERR)
            .status(Status.FAST_BACK_TO_BACK | Status.MEDIUM_DEVSEL)
            .register(PMCCFG, 2, 0, 0x7FFF)
            .register(DBC, 1, 0x80, 0x7F)
            .register(AXC, 1, 0, 0xFF)
            .register(DRT, 2, 0, 0xFFFF)
            .register(DRAMC, 1, 0x01, 0xFF)
            .register(DRAMT, 1, 0x10, 0xFF)
            .register(FDHC, 1, 0, 0xC0)
            .register(MTT, 1, 0, 0xF8)
            .register(CLT, 1, 0x10, 0xF8)
            .register(SMRAM, 1, Smram.C_BASE_SEG, SMRAM_OPEN | Smram.D_LCK | Smram.D_CLS)
            .register(ERRCMD, 1, 0, 0x1B)
            .clearedByOnes(ERRSTS, 1, 0x11)
            .onConfigWrite(this::written)
            .onChange(this::apply);
    spec.register(PAM0, 1, 0, ALL_RAM & 0xF0);
    for (int pam = 1; pam < PAMS; pam++) {
      spec.register(PAM0 + pam, 1, 0, ALL_RAM);
    }
    for (int row = 0; row < 8; row++) {
      spec.register(DRB0 + row, 1, 1, 0xFF);
    }
    pci = bus.add(0, 0, spec);
    apply();
  }

  /** The configuration space, which is all its state. */
  public PciFunction pci() {
    return pci;
  }

  private void written(int offset, int size) {
    if (offset <= SMRAM && offset + size > SMRAM) {
      writtenSmram(pci.config(SMRAM, 1));
    }
  }

  /** D_LCK closes the space for good: D_OPEN is cleared, and nothing can be changed until reset. */
  private void writtenSmram(int value) {
    if ((smram & Smram.D_LCK) != 0) {
      pci.setConfig(SMRAM, 1, smram);
    } else if ((value & Smram.D_LCK) != 0) {
      pci.setConfig(SMRAM, 1, value & ~Smram.D_OPEN);
    }
  }

  private void apply() {
    smram = pci.config(SMRAM, 1);
    int[] attributes = new int[ShadowMemory.SEGMENTS];
    attributes[ShadowMemory.SEGMENTS - 1] = pci.config(PAM0, 1) >> 4;
    for (int segment = 0; segment < ShadowMemory.SEGMENTS - 1; segment++) {
      int pam = pci.config(PAM0 + 1 + segment / 2, 1);
      attributes[segment] = pam >> 4 * (segment % 2) & (ShadowMemory.RE | ShadowMemory.WE);
    }
    memory.show(attributes, (smram & SMRAM_OPEN) == SMRAM_OPEN);
  }
}
