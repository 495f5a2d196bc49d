package org.jvmm.softcpu.cpu;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jvmm.softcpu.fpu.Mxcsr;
import org.jvmm.softcpu.fpu.X87Image;

/**
 * The XSAVE area of x87 and SSE state in an array (SDM vol. 1 section 13.4): its first 512 bytes
 * are the FXSAVE area, then follow 64 bytes of header.
 */
public final class ExtendedState {
  /** State components: bits of XCR0. */
  public static final int X87 = 1, SSE = 2, ALL = X87 | SSE;

  /** Offsets of MXCSR, the XMM registers, their end, the header and its fields. */
  public static final int MXCSR = 24,
      XMM = 160,
      XMM_END = XMM + 16 * 16,
      XSTATE_BV = 512,
      XCOMP_BV = 520;

  /** Bytes of the area. */
  public static final int SIZE = 576;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private ExtendedState() {}

  /** A field of 8 bytes. */
  public static long get(byte[] area, int at) {
    return (long) LONG.get(area, at);
  }

  /** Writes a field of 8 bytes. */
  public static void put(byte[] area, int at, long value) {
    LONG.set(area, at, value);
  }

  /** The MXCSR field. */
  public static int mxcsr(byte[] area) {
    return (int) INT.get(area, MXCSR);
  }

  /**
   * Stores everything in standard format, the header too.
   *
   * @param area at least {@link #SIZE} bytes; those that no component has become zero
   */
  public static void save(Cpu c, byte[] area) {
    Arrays.fill(area, (byte) 0);
    saveX87(c, area, true);
    saveMxcsr(c, area);
    saveXmm(c, area, 16);
    put(area, XSTATE_BV, ALL);
  }

  /** Loads everything from standard format; a component that the header lacks is initialized. */
  public static void load(Cpu c, byte[] area) {
    int present = (int) get(area, XSTATE_BV);
    loadX87(c, area, true, (present & X87) != 0);
    loadXmm(c, area, 16, (present & SSE) != 0);
    c.mxcsr.set((present & SSE) != 0 ? mxcsr(area) : Mxcsr.DEFAULT);
  }

  /** Stores the x87 component; {@code wide} for 64-bit pointers. */
  public static void saveX87(Cpu c, byte[] area, boolean wide) {
    X87Image.fxsave(c.fpu.state, area, 0, wide);
  }

  /** Stores MXCSR and its mask. */
  public static void saveMxcsr(Cpu c, byte[] area) {
    INT.set(area, MXCSR, c.mxcsr.get());
    INT.set(area, MXCSR + 4, Mxcsr.WRITABLE);
  }

  /** Stores the first XMM registers. */
  public static void saveXmm(Cpu c, byte[] area, int registers) {
    for (int i = 0; i < 2 * registers; i++) {
      put(area, XMM + 8 * i, c.xmm[i]);
    }
  }

  /** Loads the x87 component, or initializes it. */
  public static void loadX87(Cpu c, byte[] area, boolean wide, boolean present) {
    if (present) {
      X87Image.fxrstor(c.fpu.state, area, 0, wide);
    } else {
      c.fpu.state.clear();
    }
  }

  /** Loads the first XMM registers, or clears them. */
  public static void loadXmm(Cpu c, byte[] area, int registers, boolean present) {
    for (int i = 0; i < 2 * registers; i++) {
      c.xmm[i] = present ? get(area, XMM + 8 * i) : 0;
    }
  }
}
