package org.jvmm.softcpu.fault;

/**
 * An exception of the guest on its way out of an instruction: the architecture's faults (SDM vol. 3
 * chapter 6). One for each vCPU, reused, without a stack trace: raising it allocates nothing.
 * Whoever raises it has changed no register yet, so that the instruction can restart.
 */
public final class GuestFault extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Vectors. */
  public static final int DE = 0,
      DB = 1,
      NMI = 2,
      BP = 3,
      OF = 4,
      BR = 5,
      UD = 6,
      NM = 7,
      DF = 8,
      TS = 10,
      NP = 11,
      SS = 12,
      GP = 13,
      PF = 14,
      MF = 16,
      AC = 17,
      MC = 18,
      XM = 19;

  /** {@link #errorCode} of a vector that pushes none. */
  public static final int NO_CODE = -1;

  /**
   * Pseudo-vector: a non-canonical address, which is #SS(0) for a stack reference and #GP(0)
   * otherwise.
   */
  public static final int NON_CANONICAL = 256;

  /**
   * Pseudo-vector: no exception; the instruction runs again behind the interrupt that it has
   * caused.
   */
  public static final int RESTART = 257;

  private int vector;
  private int errorCode;
  private long address;

  public GuestFault() {
    super("guest fault", null, false, false);
  }

  /** Fills it, to be thrown. */
  public GuestFault of(int newVector, int newErrorCode) {
    vector = newVector;
    errorCode = newErrorCode;
    return this;
  }

  /** A fault without an error code. */
  public GuestFault of(int newVector) {
    return of(newVector, NO_CODE);
  }

  /** A page fault (SDM vol. 3 section 4.7). */
  public GuestFault page(int newErrorCode, long linear) {
    address = linear;
    return of(PF, newErrorCode);
  }

  public int vector() {
    return vector;
  }

  /** The error code, or {@link #NO_CODE}. */
  public int errorCode() {
    return errorCode;
  }

  /** The linear address of a page fault. */
  public long address() {
    return address;
  }

  @Override
  public String getMessage() {
    return "guest fault %d error %x address %x".formatted(vector, errorCode, address);
  }
}
