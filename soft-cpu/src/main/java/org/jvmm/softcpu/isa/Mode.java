package org.jvmm.softcpu.isa;

/**
 * What decoding and the choice of semantics depend on besides the bytes, as bits of an int: the key
 * of decoded code.
 */
public final class Mode {
  /** CS.L in long mode: 64-bit code. */
  public static final int CODE64 = 1;

  /** CS.D: 32-bit operands and addresses by default. */
  public static final int CODE32 = 1 << 1;

  /** SS.B: PUSH and POP use ESP (implied by {@link #CODE64}, where it is RSP). */
  public static final int STACK32 = 1 << 2;

  /** Not 64-bit, but CS, DS, ES and SS are flat 4 GiB segments without any check to make. */
  public static final int FLAT = 1 << 3;

  /** CPL is 3. */
  public static final int USER = 1 << 4;

  /** CR0.PE is set and RFLAGS.VM clear. */
  public static final int PROTECTED = 1 << 5;

  /** RFLAGS.VM. */
  public static final int VM86 = 1 << 6;

  /** IA-32e mode (EFER.LMA): 64-bit or compatibility mode. */
  public static final int LONG = 1 << 7;

  /** CPL is 0. */
  public static final int KERNEL = 1 << 8;

  private Mode() {}
}
