package org.jvmm.softcpu.fpu;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Memory images of the x87 state, little-endian in a byte array (SDM vol. 1, 8.1.10 and 10.5.1).
 * The caller moves them to and from guest memory.
 */
public final class X87Image {
  /** Layouts of FSTENV and FSAVE: operand size by mode (SDM vol. 1, figures 8-9 to 8-12). */
  public enum Layout {
    /** 14 bytes, selectors. */
    PROTECTED_16(2, false),
    /** 14 bytes, linear addresses; virtual-8086 mode too. */
    REAL_16(2, true),
    /** 28 bytes, selectors; also used in 64-bit mode. */
    PROTECTED_32(4, false),
    /** 28 bytes, linear addresses. */
    REAL_32(4, true);

    private final int unit;
    private final boolean real;

    Layout(int unit, boolean real) {
      this.unit = unit;
      this.real = real;
    }

    /** Bytes that FSTENV stores. */
    public int environmentSize() {
      return 7 * unit;
    }

    /** Bytes that FSAVE stores. */
    public int saveSize() {
      return environmentSize() + 80;
    }
  }

  /** Bytes of the x87 part of the FXSAVE area: header and eight registers of 16 bytes. */
  public static final int FX_SIZE = 160;

  private static final int FX_REGISTERS = 32;
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private X87Image() {}

  private static int get16(byte[] b, int at) {
    return (short) SHORT.get(b, at) & 0xFFFF;
  }

  private static void put16(byte[] b, int at, int value) {
    SHORT.set(b, at, (short) value);
  }

  private static int get32(byte[] b, int at) {
    return (int) INT.get(b, at);
  }

  private static void put32(byte[] b, int at, int value) {
    INT.set(b, at, value);
  }

  /** Stores the environment (FNSTENV) and then, as the instruction does, masks all exceptions. */
  public static void storeEnvironment(X87State s, byte[] b, int at, Layout layout) {
    writeEnvironment(s, b, at, layout);
    s.setControlWord(s.controlWord() | FpStatus.EXCEPTIONS);
  }

  private static void writeEnvironment(X87State s, byte[] b, int at, Layout layout) {
    int unit = layout.unit;
    word(b, at, unit, s.controlWord());
    word(b, at + unit, unit, s.statusWord());
    word(b, at + 2 * unit, unit, s.tagWord());
    int ip = (int) s.fip;
    int dp = (int) s.fdp;
    if (layout.real) {
      ip += s.fcs << 4;
      dp += s.fds << 4;
    }
    if (unit == 2) {
      put16(b, at + 6, ip);
      put16(b, at + 8, layout.real ? ip >>> 4 & 0xF000 | s.fop : s.fcs);
      put16(b, at + 10, dp);
      put16(b, at + 12, layout.real ? dp >>> 4 & 0xF000 : s.fds);
    } else if (layout.real) {
      word(b, at + 12, unit, ip);
      put32(b, at + 16, ip >>> 4 & 0xFFFF000 | s.fop);
      word(b, at + 20, unit, dp);
      put32(b, at + 24, dp >>> 4 & 0xFFFF000);
    } else {
      put32(b, at + 12, ip);
      put32(b, at + 16, s.fop << 16 | s.fcs);
      put32(b, at + 20, dp);
      put32(b, at + 24, 0xFFFF0000 | s.fds);
    }
  }

  /** A 16-bit field; in the 32-bit layouts the reserved upper half reads ones. */
  private static void word(byte[] b, int at, int unit, int value) {
    put16(b, at, value);
    if (unit == 4) {
      put16(b, at + 2, 0xFFFF);
    }
  }

  /** Loads the environment (FLDENV). */
  public static void loadEnvironment(X87State s, byte[] b, int at, Layout layout) {
    int unit = layout.unit;
    s.setControlWord(get16(b, at));
    s.setStatusWord(get16(b, at + unit));
    s.setTagWord(get16(b, at + 2 * unit));
    s.fcs = 0;
    s.fds = 0;
    s.fop = 0;
    if (unit == 2) {
      s.fip = get16(b, at + 6);
      s.fdp = get16(b, at + 10);
      if (layout.real) {
        s.fip |= (get16(b, at + 8) & 0xF000) << 4;
        s.fdp |= (get16(b, at + 12) & 0xF000) << 4;
        s.fop = get16(b, at + 8) & 0x7FF;
      } else {
        s.fcs = get16(b, at + 8);
        s.fds = get16(b, at + 12);
      }
    } else if (layout.real) {
      s.fip = (get16(b, at + 12) | (get32(b, at + 16) & 0xFFFF000) << 4) & 0xFFFFFFFFL;
      s.fdp = (get16(b, at + 20) | (get32(b, at + 24) & 0xFFFF000) << 4) & 0xFFFFFFFFL;
      s.fop = get16(b, at + 16) & 0x7FF;
    } else {
      s.fip = get32(b, at + 12) & 0xFFFFFFFFL;
      s.fdp = get32(b, at + 20) & 0xFFFFFFFFL;
      s.fcs = get16(b, at + 16);
      s.fop = get16(b, at + 18) & 0x7FF;
      s.fds = get16(b, at + 24);
    }
  }

  /** Stores environment and registers (FNSAVE) and then initializes the state as FNINIT. */
  public static void save(X87State s, byte[] b, int at, Layout layout) {
    writeEnvironment(s, b, at, layout);
    int registers = at + layout.environmentSize();
    for (int i = 0; i < 8; i++) {
      LONG.set(b, registers + 10 * i, s.mantissa(i));
      put16(b, registers + 10 * i + 8, s.signExp(i));
    }
    s.init();
  }

  /** Loads environment and registers (FRSTOR). */
  public static void restore(X87State s, byte[] b, int at, Layout layout) {
    loadEnvironment(s, b, at, layout);
    int registers = at + layout.environmentSize();
    int tags = s.abridgedTags();
    for (int i = 0; i < 8; i++) {
      s.set(i, get16(b, registers + 10 * i + 8), (long) LONG.get(b, registers + 10 * i));
    }
    s.setAbridgedTags(tags);
  }

  /**
   * Stores the x87 part of the FXSAVE area: bytes 0 to 23 and the registers from byte 32. MXCSR
   * between them is the caller's.
   *
   * @param wide true for the 64-bit pointers of FXSAVE64, false for selector and 32-bit offset
   */
  public static void fxsave(X87State s, byte[] b, int at, boolean wide) {
    put16(b, at, s.controlWord());
    put16(b, at + 2, s.statusWord());
    put16(b, at + 4, s.abridgedTags()); // byte 5 is reserved and zero
    put16(b, at + 6, s.fop);
    LONG.set(b, at + 8, wide ? s.fip : s.fip & 0xFFFFFFFFL | (long) s.fcs << 32);
    LONG.set(b, at + 16, wide ? s.fdp : s.fdp & 0xFFFFFFFFL | (long) s.fds << 32);
    for (int i = 0; i < 8; i++) {
      int register = at + FX_REGISTERS + 16 * i;
      LONG.set(b, register, s.mantissa(i));
      LONG.set(b, register + 8, (long) s.signExp(i));
    }
  }

  /** Loads the x87 part of the FXSAVE area. */
  public static void fxrstor(X87State s, byte[] b, int at, boolean wide) {
    s.setControlWord(get16(b, at));
    s.setStatusWord(get16(b, at + 2));
    s.fop = get16(b, at + 6) & 0x7FF;
    long ip = (long) LONG.get(b, at + 8);
    long dp = (long) LONG.get(b, at + 16);
    s.fip = wide ? ip : ip & 0xFFFFFFFFL;
    s.fcs = wide ? 0 : (int) (ip >>> 32) & 0xFFFF;
    s.fdp = wide ? dp : dp & 0xFFFFFFFFL;
    s.fds = wide ? 0 : (int) (dp >>> 32) & 0xFFFF;
    for (int i = 0; i < 8; i++) {
      int register = at + FX_REGISTERS + 16 * i;
      s.set(i, get16(b, register + 8), (long) LONG.get(b, register));
    }
    s.setAbridgedTags(b[at + 4]);
  }
}
