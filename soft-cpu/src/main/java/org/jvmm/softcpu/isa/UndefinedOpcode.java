package org.jvmm.softcpu.isa;

/** The bytes are no instruction (#UD), or longer than 15 bytes (#GP). Preallocated, stackless. */
public final class UndefinedOpcode extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** No such instruction in this mode. */
  public static final UndefinedOpcode UNDEFINED = new UndefinedOpcode("undefined opcode");

  /** The instruction exceeds 15 bytes (SDM vol. 3 section 6.15, #GP). */
  public static final UndefinedOpcode TOO_LONG = new UndefinedOpcode("more than 15 bytes");

  private UndefinedOpcode(String message) {
    super(message, null, false, false);
  }
}
