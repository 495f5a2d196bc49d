package org.jvmm.softcpu.exec;

import static org.objectweb.asm.Opcodes.ALOAD;
import static org.objectweb.asm.Opcodes.ATHROW;
import static org.objectweb.asm.Opcodes.BIPUSH;
import static org.objectweb.asm.Opcodes.F_FULL;
import static org.objectweb.asm.Opcodes.F_SAME;
import static org.objectweb.asm.Opcodes.F_SAME1;
import static org.objectweb.asm.Opcodes.GETFIELD;
import static org.objectweb.asm.Opcodes.GOTO;
import static org.objectweb.asm.Opcodes.I2B;
import static org.objectweb.asm.Opcodes.I2L;
import static org.objectweb.asm.Opcodes.I2S;
import static org.objectweb.asm.Opcodes.ICONST_0;
import static org.objectweb.asm.Opcodes.ICONST_M1;
import static org.objectweb.asm.Opcodes.IFLE;
import static org.objectweb.asm.Opcodes.IFNE;
import static org.objectweb.asm.Opcodes.ILOAD;
import static org.objectweb.asm.Opcodes.INTEGER;
import static org.objectweb.asm.Opcodes.INVOKESTATIC;
import static org.objectweb.asm.Opcodes.INVOKEVIRTUAL;
import static org.objectweb.asm.Opcodes.IRETURN;
import static org.objectweb.asm.Opcodes.ISTORE;
import static org.objectweb.asm.Opcodes.ISUB;
import static org.objectweb.asm.Opcodes.L2I;
import static org.objectweb.asm.Opcodes.LADD;
import static org.objectweb.asm.Opcodes.LALOAD;
import static org.objectweb.asm.Opcodes.LAND;
import static org.objectweb.asm.Opcodes.LASTORE;
import static org.objectweb.asm.Opcodes.LCMP;
import static org.objectweb.asm.Opcodes.LCONST_0;
import static org.objectweb.asm.Opcodes.LCONST_1;
import static org.objectweb.asm.Opcodes.LLOAD;
import static org.objectweb.asm.Opcodes.LONG;
import static org.objectweb.asm.Opcodes.LOR;
import static org.objectweb.asm.Opcodes.LSHL;
import static org.objectweb.asm.Opcodes.LSTORE;
import static org.objectweb.asm.Opcodes.LUSHR;
import static org.objectweb.asm.Opcodes.POP;
import static org.objectweb.asm.Opcodes.PUTFIELD;
import static org.objectweb.asm.Opcodes.SIPUSH;

import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.cpu.Segmentation;
import org.jvmm.softcpu.isa.Insn;
import org.jvmm.softcpu.isa.Mode;
import org.jvmm.softcpu.mmu.Mmu;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Type;

/**
 * The body of {@link Region#run} in the making: JVM locals with names, and what instructions have
 * in common. Guest registers and flags are JVM locals between the entry of the region and its
 * exits, so HotSpot keeps them in registers and computes no flag that nobody asks for. All locals
 * have one type throughout, so all stack maps are the same.
 */
final class RegionCode {
  /**
   * Locals: the parameters, of which the last one becomes where in the region it is, then the lazy
   * flags, and what is computed.
   */
  static final int CPU = 1,
      BASE = 2,
      LIMIT = 4,
      AT = 6,
      INSTRUCTIONS = 7,
      AUX = 9,
      RESULT = 10,
      TARGET = 12,
      FIRST = 14,
      SECOND = 16,
      ADDRESS = 18,
      VALUE = 20,
      GPR = 22,
      TLB = 54;

  static final String CPU_NAME = Type.getInternalName(Cpu.class);
  static final String CPU_TYPE = Type.getDescriptor(Cpu.class);
  private static final String FLAGS = Type.getInternalName(Flags.class);
  private static final String MISS = Type.getInternalName(Miss.class);
  private static final String SUPPORT = Type.getInternalName(RegionSupport.class);
  private static final long LOW32 = 0xffffffffL;

  final MethodVisitor m;

  /** Where it is left when {@link #AT} and {@link #TARGET} say how. */
  private final Label leave = new Label();

  private int exits;

  /** Whether addresses have 64 bits. */
  final boolean wide;

  private final Object[] frame;

  /** General registers that are not only read. */
  private int written;

  RegionCode(MethodVisitor method, String name, int mode) {
    m = method;
    wide = (mode & Mode.CODE64) != 0;
    frame = new Object[13 + 16 + 1];
    frame[0] = name;
    frame[1] = CPU_NAME;
    for (int i = 2; i < frame.length; i++) {
      frame[i] = LONG;
    }
    frame[4] = INTEGER;
    frame[6] = INTEGER;
  }

  /** Gives all locals their first values; the first label follows. */
  void enter() {
    Label runs = new Label();
    get(LIMIT);
    m.visitLdcInsn(Region.NOTHING);
    op(LCMP);
    m.visitJumpInsn(IFNE, runs);
    m.visitInsn(ICONST_M1);
    m.visitInsn(IRETURN);
    m.visitLabel(runs);
    m.visitFrame(
        F_FULL, 5, new Object[] {frame[0], CPU_NAME, LONG, LONG, INTEGER}, 0, new Object[0]);
    cpu();
    m.visitFieldInsn(GETFIELD, CPU_NAME, "instructions", "J");
    set(INSTRUCTIONS);
    loadFlags();
    for (int local : new int[] {TARGET, FIRST, SECOND, ADDRESS, VALUE}) {
      m.visitInsn(LCONST_0);
      set(local);
    }
    for (int r = 0; r < 16; r++) {
      loadRegister(r);
    }
    loadTlb();
  }

  /** Takes over the TLB's entries, which are others when the CPU's mode has changed. */
  void loadTlb() {
    cpu();
    m.visitFieldInsn(GETFIELD, CPU_NAME, "mmu", Type.getDescriptor(Mmu.class));
    m.visitMethodInsn(INVOKEVIRTUAL, Type.getInternalName(Mmu.class), "translations", "()J", false);
    set(TLB);
  }

  /** The first label of the method, from which on all locals are there. */
  void firstLabel(Label label) {
    m.visitLabel(label);
    m.visitFrame(F_FULL, frame.length, frame, 0, new Object[0]);
  }

  void label(Label label) {
    m.visitLabel(label);
    m.visitFrame(F_SAME, 0, null, 0, null);
  }

  /** Where any exception is caught: it is on the stack. */
  void handlerLabel(Label label) {
    handlerLabel(label, "java/lang/Throwable");
  }

  private void handlerLabel(Label label, String exception) {
    m.visitLabel(label);
    m.visitFrame(F_SAME1, 0, null, 1, new Object[] {exception});
  }

  /** The end of the method: its exits, and what catches exceptions from {@code body} on. */
  void exits(Label body, Label caught) {
    Label end = new Label();
    m.visitLabel(end);
    Label missed = new Label();
    m.visitTryCatchBlock(body, end, missed, MISS);
    m.visitTryCatchBlock(body, end, caught, null);
    label(leave);
    storeRegisters(written);
    cpu();
    get(TARGET);
    m.visitFieldInsn(PUTFIELD, CPU_NAME, "rip", "J");
    countBack();
    m.visitVarInsn(ILOAD, AT);
    m.visitInsn(IRETURN);
    handlerLabel(missed, MISS);
    m.visitInsn(POP);
    storeRegisters(written);
    countBack();
    integer(Region.MISSED);
    m.visitVarInsn(ILOAD, AT);
    m.visitInsn(ISUB);
    m.visitInsn(IRETURN);
    handlerLabel(caught);
    storeRegisters(written);
    countBack();
    cpu();
    m.visitVarInsn(ILOAD, AT);
    m.visitFieldInsn(PUTFIELD, CPU_NAME, "at", "I");
    m.visitInsn(ATHROW);
  }

  private void countBack() {
    cpu();
    get(INSTRUCTIONS);
    m.visitFieldInsn(PUTFIELD, CPU_NAME, "instructions", "J");
  }

  /** Writes registers and flags back, for whoever looks at the CPU. */
  void storeRegisters(int registers) {
    for (int r = 0; r < 16; r++) {
      if ((registers >> r & 1) != 0) {
        storeRegister(r);
      }
    }
    storeFlags();
  }

  /** Takes over registers and flags that may have changed. */
  void loadRegisters(int registers) {
    for (int r = 0; r < 16; r++) {
      if ((registers >> r & 1) != 0) {
        loadRegister(r);
      }
    }
    loadFlags();
  }

  private void storeRegister(int r) {
    cpu();
    m.visitFieldInsn(GETFIELD, CPU_NAME, "gpr", "[J");
    m.visitIntInsn(BIPUSH, r);
    get(GPR + 2 * r);
    m.visitInsn(LASTORE);
  }

  private void loadRegister(int r) {
    cpu();
    m.visitFieldInsn(GETFIELD, CPU_NAME, "gpr", "[J");
    m.visitIntInsn(BIPUSH, r);
    m.visitInsn(LALOAD);
    set(GPR + 2 * r);
  }

  private void storeFlags() {
    cpu();
    get(RESULT);
    m.visitFieldInsn(PUTFIELD, CPU_NAME, "flagResult", "J");
    cpu();
    m.visitVarInsn(ILOAD, AUX);
    m.visitFieldInsn(PUTFIELD, CPU_NAME, "flagAux", "I");
  }

  private void loadFlags() {
    cpu();
    m.visitFieldInsn(GETFIELD, CPU_NAME, "flagResult", "J");
    set(RESULT);
    cpu();
    m.visitFieldInsn(GETFIELD, CPU_NAME, "flagAux", "I");
    m.visitVarInsn(ISTORE, AUX);
  }

  void cpu() {
    m.visitVarInsn(ALOAD, CPU);
  }

  void get(int local) {
    m.visitVarInsn(LLOAD, local);
  }

  void set(int local) {
    m.visitVarInsn(LSTORE, local);
  }

  void op(int opcode) {
    m.visitInsn(opcode);
  }

  void constant(long value) {
    if (value == 0) {
      op(LCONST_0);
    } else if (value == 1) {
      op(LCONST_1);
    } else if (value == (short) value) {
      integer((int) value);
      op(I2L);
    } else {
      m.visitLdcInsn(value);
    }
  }

  void integer(int value) {
    if (value >= -1 && value <= 5) {
      op(ICONST_0 + value);
    } else if (value == (byte) value) {
      m.visitIntInsn(BIPUSH, value);
    } else {
      m.visitIntInsn(SIPUSH, value);
    }
  }

  /** Sets the number of the current instruction, which may fault or end its block. */
  void at(int number) {
    integer(number);
    m.visitVarInsn(ISTORE, AT);
  }

  /** Says where the block starts, for what a handler computes from that. */
  void blockStarts(long delta) {
    cpu();
    m.visitFieldInsn(GETFIELD, CPU_NAME, "gpr", "[J");
    integer(Insn.RIP);
    pushAddress(delta);
    op(LASTORE);
  }

  /** Sets the instruction pointer, which a handler may set otherwise. */
  void setRip(long delta) {
    cpu();
    pushAddress(delta);
    m.visitFieldInsn(PUTFIELD, CPU_NAME, "rip", "J");
  }

  /** Takes over the instruction pointer. */
  void targetFromRip() {
    cpu();
    m.visitFieldInsn(GETFIELD, CPU_NAME, "rip", "J");
    set(TARGET);
  }

  /** Leaves the region after a handler that ended its block. */
  void stopIfEnded() {
    cpu();
    m.visitFieldInsn(GETFIELD, CPU_NAME, "end", "I");
    m.visitJumpInsn(IFLE, leave);
  }

  /** Leaves the region for {@link #TARGET}, by an exit of its own. */
  void leave() {
    at(Region.LEFT + exits);
    exits++;
    m.visitJumpInsn(GOTO, leave);
  }

  /** Number of exits. */
  int exits() {
    return exits;
  }

  /** Pushes whether it may go back to a block of its own. */
  void goesOn(int insns) {
    cpu();
    get(INSTRUCTIONS);
    get(LIMIT);
    integer(insns);
    support("goesOn", "(" + CPU_TYPE + "JJI)Z");
  }

  /** Counts a block's instructions. */
  void count(int insns) {
    get(INSTRUCTIONS);
    constant(insns);
    op(LADD);
    set(INSTRUCTIONS);
  }

  /** Pushes the address at a distance from the first instruction. */
  void pushAddress(long delta) {
    get(BASE);
    constant(delta);
    op(LADD);
    mask(wide ? 8 : 4);
  }

  /** Clears the bytes above a width. */
  void mask(int width) {
    if (width < 8) {
      constant(width == 4 ? LOW32 : (1L << 8 * width) - 1);
      op(LAND);
    }
  }

  /** Sign-extends the low bytes. */
  void sign(int width) {
    if (width < 8) {
      op(L2I);
      if (width < 4) {
        op(width == 2 ? I2S : I2B);
      }
      op(I2L);
    }
  }

  /** Pushes a register; bytes above the width are whatever is there. */
  void pushRegister(int r, int shift) {
    get(GPR + 2 * r);
    if (shift != 0) {
      integer(shift);
      op(LUSHR);
    }
  }

  /** Pops a register of a width: 4 bytes clear the upper half, fewer leave the rest. */
  void popRegister(int r, int width, int shift) {
    written |= 1 << r;
    mask(width);
    if (width < 4) {
      if (shift != 0) {
        integer(shift);
        op(LSHL);
      }
      get(GPR + 2 * r);
      constant(~((1L << 8 * width) - 1 << shift));
      op(LAND);
      op(LOR);
    }
    set(GPR + 2 * r);
  }

  /**
   * Pushes the effective address of the memory operand.
   *
   * @param block where its block lies, relative to the first one
   */
  void pushEffective(Insn in, long block) {
    boolean any = false;
    long constant = in.disp;
    if (in.base == Insn.RIP) {
      get(BASE);
      constant += block;
      any = true;
    } else if (in.base != Insn.ZERO) {
      get(GPR + 2 * in.base);
      any = true;
    }
    if (in.index != Insn.ZERO) {
      get(GPR + 2 * in.index);
      if (in.scale != 0) {
        integer(in.scale);
        op(LSHL);
      }
      any = add(any);
    }
    if (constant != 0 || !any) {
      constant(constant);
      add(any);
    }
    if (in.eaMask != -1) {
      constant(in.eaMask);
      op(LAND);
    }
  }

  private boolean add(boolean any) {
    if (any) {
      op(LADD);
    }
    return true;
  }

  /** Pushes the linear address of the memory operand. */
  void pushLinear(Insn in, long block, int width, boolean write) {
    boolean segmented = !in.flat && (!wide || in.segment >= Cpu.FS);
    if (segmented && !wide) {
      cpu();
      integer(in.segment);
    }
    pushEffective(in, block);
    if (segmented && !wide) {
      integer(width);
      integer(write ? 1 : 0);
      m.visitMethodInsn(
          INVOKESTATIC,
          Type.getInternalName(Segmentation.class),
          "linear",
          "(" + CPU_TYPE + "IJIZ)J",
          false);
    } else if (segmented) {
      String segment = "org/jvmm/core/accel/CpuState$Segment";
      cpu();
      m.visitFieldInsn(GETFIELD, CPU_NAME, in.segment == Cpu.FS ? "fs" : "gs", "L" + segment + ";");
      m.visitFieldInsn(GETFIELD, segment, "base", "J");
      op(LADD);
    }
  }

  /** Pops {@link #ADDRESS}, pushes what is there. */
  void load(int width) {
    set(ADDRESS);
    get(TLB);
    get(ADDRESS);
    support("load" + width, "(JJ)J");
  }

  /** Pops {@link #ADDRESS}, pushes what is there and will be stored to. */
  void loadForStore(int width) {
    set(ADDRESS);
    get(TLB);
    get(ADDRESS);
    support("loadForStore" + width, "(JJ)J");
  }

  /** Stores a local to {@link #ADDRESS}. */
  void store(int width, int local) {
    get(TLB);
    get(ADDRESS);
    get(local);
    support("store" + width, "(JJJ)V");
  }

  void support(String method, String type) {
    m.visitMethodInsn(INVOKESTATIC, SUPPORT, method, type, false);
  }

  void flags(String method, String type) {
    m.visitMethodInsn(INVOKESTATIC, FLAGS, method, type, false);
  }
}
