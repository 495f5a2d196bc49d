package org.jvmm.testkit.asm;

/**
 * A memory operand, immutable. {@code Mem.at(RBX).plus(RCX, 8).disp(16).dword()} is {@code dword
 * [rbx+rcx*8+16]}.
 *
 * @param base base register, or null
 * @param index index register, or null
 * @param scale 1, 2, 4 or 8
 * @param disp displacement, or the absolute address when there is no register
 * @param label address of a label (RIP-relative in 64-bit code), or null
 * @param seg segment override, or null
 * @param bits operand width, 0 when the other operand decides
 */
public record Mem(Reg base, Reg index, int scale, long disp, Label label, Seg seg, int bits)
    implements Operand {

  /** [base]. */
  public static Mem at(Reg base) {
    return new Mem(base, null, 1, 0, null, null, 0);
  }

  /** An absolute address: disp16 in 16-bit code, disp32 (sign-extended) elsewhere. */
  public static Mem at(long address) {
    return new Mem(null, null, 1, address, null, null, 0);
  }

  /** The place of a label. */
  public static Mem at(Label label) {
    return new Mem(null, null, 1, 0, label, null, 0);
  }

  /** Adds an index register. */
  public Mem plus(Reg newIndex, int newScale) {
    return new Mem(base, newIndex, newScale, disp, label, seg, bits);
  }

  /** Replaces the displacement. */
  public Mem disp(long newDisp) {
    return new Mem(base, index, scale, newDisp, label, seg, bits);
  }

  /** Adds a segment override. */
  public Mem in(Seg newSeg) {
    return new Mem(base, index, scale, disp, label, newSeg, bits);
  }

  public Mem byte_() {
    return width(8);
  }

  public Mem word() {
    return width(16);
  }

  public Mem dword() {
    return width(32);
  }

  public Mem qword() {
    return width(64);
  }

  private Mem width(int newBits) {
    return new Mem(base, index, scale, disp, label, seg, newBits);
  }
}
