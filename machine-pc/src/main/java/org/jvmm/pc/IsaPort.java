package org.jvmm.pc;

/** The port of everything on the board that has a fixed one. */
public final class IsaPort {
  /** 8237s for bytes and words, and their page registers. */
  public static final int DMA_BYTES = 0x00, DMA_WORDS = 0xC0, DMA_PAGES = 0x81;

  /** 8259 master and slave, and their edge/level registers (PIIX3). */
  public static final int PIC_MASTER = 0x20, PIC_SLAVE = 0xA0, ELCR = 0x4D0;

  /** 8254, and the system control port B that gates its counter 2. */
  public static final int PIT = 0x40, SYSTEM_CONTROL_B = 0x61;

  /** 8042: data and status/command are not adjacent. */
  public static final int KBC_DATA = 0x60, KBC_STATUS = 0x64;

  /** MC146818 index and data. */
  public static final int RTC = 0x70;

  /** Diagnostic codes. */
  public static final int POST = 0x80;

  /** Fast A20 and reset. */
  public static final int SYSTEM_CONTROL_A = 0x92;

  /** Bochs' and QEMU's debug console. */
  public static final int DEBUG_CON = 0xE9;

  /** Clears the coprocessor's error (PIIX3). */
  public static final int FPU_ERROR = 0xF0;

  /** QEMU's pc-testdev: scratch register, flush, scratch register by bytes, interrupt inputs. */
  public static final int TESTDEV = 0xE0, TESTDEV_FLUSH = 0xE4;

  public static final int TESTDEV_BYTES = 0xE8, TESTDEV_LINES = 0x2000;

  /** QEMU's isa-debug-exit. */
  public static final int DEBUG_EXIT = 0xF4;

  /** UARTs COM1-COM4. */
  public static final int COM1 = 0x3F8, COM2 = 0x2F8, COM3 = 0x3E8, COM4 = 0x2E8;

  /** Floppy controller: SRA to the FIFO, and behind an IDE port DIR and CCR. */
  public static final int FDC = 0x3F0, FDC_DIR = 0x3F7;

  /** IDE channels: command block and control block. */
  public static final int IDE_PRIMARY = 0x1F0,
      IDE_PRIMARY_CONTROL = 0x3F6,
      IDE_SECONDARY = 0x170,
      IDE_SECONDARY_CONTROL = 0x376;

  /** Bochs' and SeaBIOS' port for debug messages of the BIOS. */
  public static final int BIOS_DEBUG = 0x402;

  /** QEMU's firmware configuration: selector and data, and DMA from 0x514 on. */
  public static final int FW_CFG = 0x510;

  /** QEMU's pvpanic. */
  public static final int PVPANIC = 0x505;

  /** Where firmware puts the PIIX4's power management and SMBus ports, SeaBIOS as well as ours. */
  public static final int ACPI_PM = 0x600, SMBUS = 0x700;

  /** PCI configuration mechanism 1, and in it the reset control register (PIIX3 section 2.5.2). */
  public static final int PCI_CONFIG = 0xCF8, RESET_CONTROL = 0xCF9;

  private IsaPort() {}
}
