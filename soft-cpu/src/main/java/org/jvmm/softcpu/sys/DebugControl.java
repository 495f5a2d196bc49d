package org.jvmm.softcpu.sys;

import org.jvmm.core.accel.DebugRegisters;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Events;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.softcpu.isa.Mode;
import org.jvmm.softcpu.mmu.Watchpoints;

/** Debug registers (SDM vol. 3 section 18.2). */
public final class DebugControl {
  /** Bits of DR6. */
  public static final int BD = 1 << 13, BS = 1 << 14, BT = 1 << 15;

  private static final int GD = 1 << 13;
  private static final int DR6_FIXED = 0xffff0ff0;
  private static final int DR6_WRITABLE = 0xe00f;
  private static final long DR7_WRITABLE = 0xffff_23ffL, DR7_FIXED = 0x400;
  private static final int ENABLES = 0xff;

  /** R/W fields of DR7. */
  private static final int EXECUTION = 0, WRITES = 1, PORTS = 2, ACCESSES = 3;

  private DebugControl() {}

  /** MOV from a debug register. */
  public static long read(Cpu c, int number) {
    return c.dr[alias(c, number)];
  }

  /** MOV to a debug register. */
  public static void write(Cpu c, int number, long value) {
    int n = alias(c, number);
    if (n >= 6 && value >>> 32 != 0) {
      throw c.gp(0);
    }
    switch (n) {
      case 6 -> c.dr[6] = value & DR6_WRITABLE | DR6_FIXED & 0xffffffffL;
      case 7 -> c.dr[7] = value & DR7_WRITABLE | DR7_FIXED;
      default -> c.dr[n] = value;
    }
    changed(c);
  }

  /** DR4 and DR5 are DR6 and DR7 unless CR4.DE is set. */
  private static int alias(Cpu c, int number) {
    if (number > 7 || (number & 6) == 4 && (c.cr4 & Cpu.CR4_DE) != 0) {
      throw c.ud();
    }
    if ((c.dr[7] & GD) != 0) {
      c.dr[6] |= BD;
      throw c.fault.of(GuestFault.DB);
    }
    return (number & 6) == 4 ? number + 2 : number;
  }

  /** #DB is being delivered: its handler may use the registers. */
  static void entered(Cpu c) {
    c.dr[7] &= ~GD;
  }

  /** Arms or disarms what the registers ask for. */
  public static void changed(Cpu c) {
    boolean armed = armed(c);
    boolean data = false;
    for (int i = 0; i < 4; i++) {
      data |= enabled(c, i) && (kind(c, i) & WRITES) != 0;
    }
    c.mmu.watch(data ? (va, width, write) -> accessed(c, va, width, write) : Watchpoints.NONE);
    c.rightsChanged();
    if (armed) {
      c.events.post(Events.STEP);
    }
  }

  /** The register in force: the VMM's breakpoints replace the guest's. */
  private static long active(Cpu c, int number) {
    DebugRegisters host = c.debug.hardware;
    if (host == null) {
      return c.dr[number];
    }
    return switch (number) {
      case 0 -> host.dr0();
      case 1 -> host.dr1();
      case 2 -> host.dr2();
      case 3 -> host.dr3();
      default -> host.dr7();
    };
  }

  private static boolean enabled(Cpu c, int i) {
    return (active(c, 7) >>> 2 * i & 3) != 0;
  }

  /** R/W field; 2 is what it is since CR4.DE. */
  private static int kind(Cpu c, int i) {
    return (int) (active(c, 7) >>> 16 + 4 * i) & 3;
  }

  private static int length(Cpu c, int i) {
    return switch ((int) (active(c, 7) >>> 18 + 4 * i) & 3) {
      case 0 -> 1;
      case 1 -> 2;
      case 2 -> 8;
      default -> 4;
    };
  }

  private static void accessed(Cpu c, long va, int width, boolean write) {
    for (int i = 0; i < 4; i++) {
      int kind = kind(c, i);
      if (enabled(c, i)
          && (kind == ACCESSES || kind == WRITES && write)
          && covers(c, i, va, width)) {
        c.debugHits |= 1 << i;
      }
    }
  }

  private static boolean covers(Cpu c, int i, long address, int width) {
    int length = length(c, i);
    long first = active(c, i) & -length;
    return address < first + length && address + width > first;
  }

  /** A port is accessed: I/O breakpoints (CR4.DE). */
  public static void portAccessed(Cpu c, int port, int width) {
    if ((c.cr4 & Cpu.CR4_DE) == 0 || !armed(c)) {
      return;
    }
    for (int i = 0; i < 4; i++) {
      if (enabled(c, i) && kind(c, i) == PORTS && covers(c, i, port, width)) {
        c.debugHits |= 1 << i;
      }
    }
  }

  /** The execution breakpoints at the next instruction: bits of DR6. */
  public static int executionHits(Cpu c) {
    long linear = c.in(Mode.CODE64) ? c.rip : c.rip + c.codeBase & 0xffffffffL;
    int hits = 0;
    for (int i = 0; i < 4; i++) {
      if (enabled(c, i) && kind(c, i) == EXECUTION && active(c, i) == linear) {
        hits |= 1 << i;
      }
    }
    return hits;
  }

  /** Whether any breakpoint is enabled: instructions run one by one. */
  public static boolean armed(Cpu c) {
    return (active(c, 7) & ENABLES) != 0;
  }
}
