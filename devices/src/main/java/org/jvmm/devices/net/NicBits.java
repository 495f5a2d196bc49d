package org.jvmm.devices.net;

/** Bits of the DP8390D's registers (datasheet section 10.2). */
final class NicBits {
  /** Command register. */
  static final class Cr {
    static final int STP = 1, STA = 1 << 1, TXP = 1 << 2;

    /** RD2-RD0: remote DMA command. */
    static final int RD = 7 << 3, READ = 1 << 3, WRITE = 2 << 3, SEND = 3 << 3, ABORT = 4 << 3;

    static final int PAGE_SHIFT = 6;

    private Cr() {}
  }

  /** Interrupt status register; IMR has the same bits but RST. */
  static final class Isr {
    static final int PRX = 1, PTX = 1 << 1, RXE = 1 << 2, TXE = 1 << 3;
    static final int OVW = 1 << 4, CNT = 1 << 5, RDC = 1 << 6, RST = 1 << 7;

    private Isr() {}
  }

  /** Data configuration register. */
  static final class Dcr {
    static final int WTS = 1, LAS = 1 << 2, AR = 1 << 4;

    private Dcr() {}
  }

  /** Transmit configuration register. */
  static final class Tcr {
    /** Inhibit CRC: the guest appends it. */
    static final int CRC = 1;

    /** LB1 and LB0: 0 is normal operation, 1 loops in the NIC, 2 in the ENDEC, 3 on the cable. */
    static final int LB_SHIFT = 1, LB_MASK = 3;

    private Tcr() {}
  }

  /** Transmit status register. */
  static final class Tsr {
    /** Not deferred; the 8390 has it, the DP8390D's table of loopback results too. */
    static final int NDT = 1 << 1;

    static final int PTX = 1, CRS = 1 << 4, FU = 1 << 5, CDH = 1 << 6;

    private Tsr() {}
  }

  /** Receive configuration register. */
  static final class Rcr {
    static final int AB = 1 << 2, AM = 1 << 3, PRO = 1 << 4, MON = 1 << 5;

    private Rcr() {}
  }

  /** Receive status register. */
  static final class Rsr {
    static final int PRX = 1, CRC = 1 << 1, MPA = 1 << 4, PHY = 1 << 5, DIS = 1 << 6;

    private Rsr() {}
  }

  private NicBits() {}
}
