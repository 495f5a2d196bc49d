package org.jvmm.devices.lapic;

/**
 * Register numbers: the offset in the xAPIC page divided by 16, or the x2APIC MSR minus 0x800 (SDM
 * vol. 3 tables 11-1 and 11-6).
 */
final class ApicReg {
  static final int ID = 0x02, VERSION = 0x03, TPR = 0x08, PPR = 0x0a, EOI = 0x0b, LDR = 0x0d;
  static final int DFR = 0x0e, SVR = 0x0f, ISR = 0x10, TMR = 0x18, IRR = 0x20, ESR = 0x28;
  static final int ICR_LOW = 0x30, ICR_HIGH = 0x31;
  static final int LVT_TIMER = 0x32, LVT_LINT0 = 0x35, LVT_LINT1 = 0x36, LVT_ERROR = 0x37;
  static final int INITIAL_COUNT = 0x38, CURRENT_COUNT = 0x39, DIVIDE = 0x3e, SELF_IPI = 0x3f;

  /** Number of local vector table entries: timer, thermal, performance, LINT0, LINT1, error. */
  static final int LVTS = 6;

  /** Spurious-interrupt vector register (section 11.9). */
  static final class Svr {
    static final int ENABLE = 1 << 8, SUPPRESS_EOI = 1 << 12, WRITABLE = 0x13ff;
  }

  /** A local vector table entry (figure 11-8). */
  static final class Lvt {
    static final int VECTOR = 0xff,
        MODE = 7 << 8,
        REMOTE_IRR = 1 << 14,
        LEVEL = 1 << 15,
        MASKED = 1 << 16;
    static final int TIMER_MODE_SHIFT = 17;

    private static final int[] WRITABLE = {
      0x7_00ff, 0x1_07ff, 0x1_07ff, 0x1_a7ff, 0x1_a7ff, 0x1_00ff
    };

    /** The writable bits of an entry, 0-5. */
    static int writable(int entry) {
      return WRITABLE[entry];
    }
  }

  /** Delivery modes of LVT entries, ICR, redirection entries and MSIs. */
  static final class Mode {
    static final int FIXED = 0, LOWEST = 1, NMI = 4, INIT = 5, STARTUP = 6, EXTINT = 7;
  }

  /** Error status register (figure 11-9). */
  static final class Esr {
    static final int SEND_ILLEGAL_VECTOR = 1 << 5,
        RECEIVED_ILLEGAL_VECTOR = 1 << 6,
        ILLEGAL_REGISTER = 1 << 7;
  }

  /** Interrupt command register (figure 11-12). */
  static final class Icr {
    static final int LOGICAL = 1 << 11, ASSERT = 1 << 14, LEVEL = 1 << 15, WRITABLE = 0xc_cfff;
    static final int SHORTHAND_SHIFT = 18;
    static final int NO_SHORTHAND = 0, SELF = 1, ALL = 2, ALL_BUT_SELF = 3;

    /** Bits that must be zero in x2APIC mode (figure 11-28); bit 12 is ignored. */
    static final long X2_RESERVED = 0xfff3_2000L;
  }

  /** IA32_APIC_BASE (figure 11-26). */
  static final class Base {
    static final long BSP = 1 << 8, X2APIC = 1 << 10, ENABLE = 1 << 11;
    static final long ADDRESS = (1L << 52) - 0x1000;
  }

  private ApicReg() {}

  /** Whether RDMSR of the register is no #GP(0). */
  static boolean readableInX2apic(int register) {
    return switch (register) {
      case ID, VERSION, TPR, PPR, LDR, SVR -> true;
      case ESR, ICR_LOW, DIVIDE -> true;
      default ->
          register >= ISR && register < ESR || register >= LVT_TIMER && register <= CURRENT_COUNT;
    };
  }

  /** The bits that a WRMSR may set; others are #GP(0) (section 11.12.1.2). */
  static long writableInX2apic(int register) {
    if (register >= LVT_TIMER && register <= LVT_ERROR) {
      return Lvt.writable(register - LVT_TIMER) | (1 << 12) | Lvt.REMOTE_IRR;
    }
    return switch (register) {
      case TPR, SELF_IPI -> 0xff;
      case SVR -> Svr.WRITABLE;
      case ICR_LOW -> ~Icr.X2_RESERVED;
      case INITIAL_COUNT -> 0xffff_ffffL;
      case DIVIDE -> 0b1011;
      default -> 0; // EOI and ESR take 0 only
    };
  }
}
