package org.jvmm.devices.net;

/**
 * The registers, and how page, offset and the access' direction select them (DP8390D section 10;
 * RTL8029AS section 6.2 for the identification and page 3).
 */
enum NicRegister {
  CR(0xFF),
  CLDA0(0xFF),
  CLDA1(0xFF),
  BNRY(0xFF),
  TSR(0),
  NCR(0),
  FIFO(0),
  ISR(0),
  CRDA0(0),
  CRDA1(0),
  RTL8029ID0(0),
  RTL8029ID1(0),
  RSR(0),
  CNTR0(0),
  CNTR1(0),
  CNTR2(0),
  PSTART(0xFF),
  PSTOP(0xFF),
  TPSR(0xFF),
  TBCR0(0xFF),
  TBCR1(0xFF),
  RSAR0(0xFF),
  RSAR1(0xFF),
  RBCR0(0xFF),
  RBCR1(0xFF),
  RCR(0x3F),
  TCR(0x1F),
  DCR(0x7F),
  IMR(0x7F),
  PAR0(0xFF),
  PAR1(0xFF),
  PAR2(0xFF),
  PAR3(0xFF),
  PAR4(0xFF),
  PAR5(0xFF),
  CURR(0xFF),
  MAR0(0xFF),
  MAR1(0xFF),
  MAR2(0xFF),
  MAR3(0xFF),
  MAR4(0xFF),
  MAR5(0xFF),
  MAR6(0xFF),
  MAR7(0xFF),
  /** Remote next packet pointer. */
  RNPP(0xFF),
  /** Local next packet pointer. */
  LNPP(0xFF),
  /** Address counter, upper and lower. */
  ACU(0xFF),
  ACL(0xFF),
  CONFIG2(0),
  CONFIG3(0),
  NONE(0);

  /** Offsets of a page. */
  static final int COUNT = 16;

  private static final NicRegister[] PAGE_1 = {
    CR, PAR0, PAR1, PAR2, PAR3, PAR4, PAR5, CURR, MAR0, MAR1, MAR2, MAR3, MAR4, MAR5, MAR6, MAR7
  };

  private static final NicRegister[][] READ = {
    {
      CR,
      CLDA0,
      CLDA1,
      BNRY,
      TSR,
      NCR,
      FIFO,
      ISR,
      CRDA0,
      CRDA1,
      RTL8029ID0,
      RTL8029ID1,
      RSR,
      CNTR0,
      CNTR1,
      CNTR2
    },
    PAGE_1,
    {CR, PSTART, PSTOP, RNPP, TPSR, LNPP, ACU, ACL, NONE, NONE, NONE, NONE, RCR, TCR, DCR, IMR},
    {
      CR, NONE, NONE, NONE, NONE, CONFIG2, CONFIG3, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
      NONE
    },
  };

  private static final NicRegister[][] WRITE = {
    {
      CR, PSTART, PSTOP, BNRY, TPSR, TBCR0, TBCR1, ISR, RSAR0, RSAR1, RBCR0, RBCR1, RCR, TCR, DCR,
      IMR
    },
    PAGE_1,
    {CR, CLDA0, CLDA1, RNPP, NONE, LNPP, ACU, ACL, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE},
    {CR, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE},
  };

  /** The bits that a write stores. */
  final int mask;

  NicRegister(int mask) {
    this.mask = mask;
  }

  static NicRegister forRead(int page, int offset) {
    return READ[page][offset];
  }

  static NicRegister forWrite(int page, int offset) {
    return WRITE[page][offset];
  }
}
