package org.jvmm.softcpu.exec;

import static org.objectweb.asm.Opcodes.AALOAD;
import static org.objectweb.asm.Opcodes.ACC_FINAL;
import static org.objectweb.asm.Opcodes.ACC_PRIVATE;
import static org.objectweb.asm.Opcodes.ACC_STATIC;
import static org.objectweb.asm.Opcodes.ALOAD;
import static org.objectweb.asm.Opcodes.ASTORE;
import static org.objectweb.asm.Opcodes.ATHROW;
import static org.objectweb.asm.Opcodes.CHECKCAST;
import static org.objectweb.asm.Opcodes.GETSTATIC;
import static org.objectweb.asm.Opcodes.GOTO;
import static org.objectweb.asm.Opcodes.IFEQ;
import static org.objectweb.asm.Opcodes.IFNE;
import static org.objectweb.asm.Opcodes.ILOAD;
import static org.objectweb.asm.Opcodes.INVOKESPECIAL;
import static org.objectweb.asm.Opcodes.INVOKESTATIC;
import static org.objectweb.asm.Opcodes.INVOKEVIRTUAL;
import static org.objectweb.asm.Opcodes.LCMP;
import static org.objectweb.asm.Opcodes.PUTSTATIC;
import static org.objectweb.asm.Opcodes.RETURN;
import static org.objectweb.asm.Opcodes.SIPUSH;
import static org.objectweb.asm.Opcodes.V17;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup.ClassOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.isa.Insn;
import org.jvmm.softcpu.isa.Op;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Type;

/** Writes {@link Region}s: blocks and how they are left; an instruction is {@link RegionInsns}'. */
final class RegionWriter {
  /** Bytecodes of a method that HotSpot compiles, at most (HugeMethodLimit). */
  private static final int HUGE = 8_000;

  /** Bytecodes of a region with what is inlined, estimated, at most. */
  private static final int MAX_BYTECODES = 5_000;

  /**
   * A block belongs to a region that ran at least this part of the times that the first one did.
   */
  private static final int RARE = 16;

  /** Successors that an indirect jump or a return is compared with, at most. */
  private static final int MAX_TARGETS = 4;

  /** Instructions that end a block for the sake of events and rights alone. */
  private static final Set<String> GO_ON = Set.of("stac", "clac", "cli", "sti", "popf", "pause");

  private static final String NAME = Type.getInternalName(RegionWriter.class) + "$Code";
  private static final String REGION = Type.getInternalName(Region.class);
  private static final String HANDLER = Type.getInternalName(Handler.class);
  private static final String HANDLER_TYPE = Type.getDescriptor(Handler.class);
  private static final String INSN = Type.getInternalName(Insn.class);
  private static final String INSN_TYPE = Type.getDescriptor(Insn.class);

  private final RegionPlan plan;
  private final Map<RegionPlan.Part, Label> labels = new HashMap<>();
  private final Set<RegionPlan.Part> begun = new HashSet<>();
  private final List<Object> constants = new ArrayList<>();

  /** Where exceptions leave the region. */
  private final Label thrown = new Label();

  private RegionCode code;
  private RegionInsns insns;

  /** Jumps that are written after the block that they leave. */
  private final Map<Label, Long> stubs = new LinkedHashMap<>();

  private RegionWriter(RegionPlan plan) {
    this.plan = plan;
  }

  /**
   * Makes the region that begins with a block, and lets its blocks know; none if HotSpot would not
   * compile even the block alone.
   */
  static void write(CodeCache code, Block first, Cpu c) {
    for (int most = MAX_BYTECODES; ; most /= 2) {
      RegionPlan plan = RegionPlan.choose(code, first, first.heat / RARE, most);
      RegionWriter writer = new RegionWriter(plan);
      Region region = writer.define(first.mode);
      if (region != null) {
        region.madeOf(plan, writer.code.exits(), c);
      }
      if (region != null || plan.parts().size() == 1) {
        return;
      }
    }
  }

  /** Bytecodes of a block with what is inlined, roughly. */
  static int estimate(Block block) {
    int sum = 40;
    for (Insn in : block.insns) {
      sum += in.memory >= 0 || in.op.has(Op.STACK) ? 100 : 35;
    }
    return sum;
  }

  private Region define(int mode) {
    ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
    writer.visit(V17, ACC_FINAL, NAME, null, REGION, null);
    MethodVisitor run =
        writer.visitMethod(0, "run", "(" + RegionCode.CPU_TYPE + "JJI)I", null, null);
    code = new RegionCode(run, NAME, mode);
    insns = new RegionInsns(code);
    if (writeRun(run) > HUGE) {
      return null;
    }
    writeConstructor(writer.visitMethod(0, "<init>", "()V", null, null));
    for (int i = 0; i < constants.size(); i++) {
      writer.visitField(ACC_PRIVATE | ACC_STATIC | ACC_FINAL, "k" + i, type(i), null, null);
    }
    writeInitializer(writer.visitMethod(ACC_STATIC, "<clinit>", "()V", null, null));
    writer.visitEnd();
    try {
      MethodHandles.Lookup made =
          MethodHandles.lookup()
              .defineHiddenClassWithClassData(
                  writer.toByteArray(), constants.toArray(), true, ClassOption.NESTMATE);
      return (Region) made.lookupClass().getDeclaredConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("a region of " + plan.insns() + " instructions", e);
    }
  }

  /** Constants are a handler and its instruction, in turns. */
  private static String type(int constant) {
    return constant % 2 == 0 ? HANDLER_TYPE : INSN_TYPE;
  }

  private static void writeConstructor(MethodVisitor m) {
    m.visitCode();
    m.visitVarInsn(ALOAD, 0);
    m.visitMethodInsn(INVOKESPECIAL, REGION, "<init>", "()V", false);
    m.visitInsn(RETURN);
    m.visitMaxs(0, 0);
    m.visitEnd();
  }

  private void writeInitializer(MethodVisitor m) {
    String lookup = "java/lang/invoke/MethodHandles";
    m.visitCode();
    m.visitMethodInsn(INVOKESTATIC, lookup, "lookup", "()L" + lookup + "$Lookup;", false);
    m.visitMethodInsn(
        INVOKESTATIC, REGION, "constants", "(L" + lookup + "$Lookup;)[Ljava/lang/Object;", false);
    m.visitVarInsn(ASTORE, 0);
    for (int i = 0; i < constants.size(); i++) {
      m.visitVarInsn(ALOAD, 0);
      m.visitIntInsn(SIPUSH, i);
      m.visitInsn(AALOAD);
      m.visitTypeInsn(CHECKCAST, i % 2 == 0 ? HANDLER : INSN);
      m.visitFieldInsn(PUTSTATIC, NAME, "k" + i, type(i));
    }
    m.visitInsn(RETURN);
    m.visitMaxs(0, 0);
    m.visitEnd();
  }

  /** Writes the method; returns its size. */
  private int writeRun(MethodVisitor m) {
    m.visitCode();
    code.enter();
    for (RegionPlan.Part part : plan.parts()) {
      labels.put(part, new Label());
    }
    Label body = new Label();
    code.firstLabel(body);
    Label[] entries = plan.parts().stream().map(labels::get).toArray(Label[]::new);
    m.visitVarInsn(ILOAD, RegionCode.AT);
    m.visitTableSwitchInsn(0, entries.length - 1, entries[0], entries);
    for (RegionPlan.Part part : plan.parts()) {
      code.label(labels.get(part));
      begun.add(part);
      writeBlock(part);
      writeStubs();
    }
    code.exits(body, thrown);
    Label end = new Label();
    m.visitLabel(end);
    m.visitMaxs(0, 0);
    m.visitEnd();
    return end.getOffset();
  }

  private void writeBlock(RegionPlan.Part part) {
    Block block = part.block();
    int n = block.insns.length;
    code.count(n);
    insns.begin(block, part.delta());
    for (int i = 0; i < n; i++) {
      Insn in = block.insns[i];
      if (i == n - 1 && in.op.has(Op.END)) {
        writeEnd(part, in, i);
        return;
      }
      writeInsn(part, i);
    }
    goTo(part.end());
  }

  private void writeInsn(RegionPlan.Part part, int i) {
    Insn in = part.block().insns[i];
    if (in.memory >= 0 || in.op.has(Op.STACK)) {
      code.at(part.at() + i);
    }
    if (!insns.write(i)) {
      execute(part, i);
    }
  }

  /** Writes a call of an instruction's handler. */
  private void execute(RegionPlan.Part part, int i) {
    Insn in = part.block().insns[i];
    int touched = Touches.of(in);
    code.at(part.at() + i);
    code.storeRegisters(touched);
    code.blockStarts(part.delta());
    Label from = new Label();
    Label to = new Label();
    code.m.visitLabel(from);
    constant(part.block().handlers[i], HANDLER_TYPE);
    code.cpu();
    constant(in, INSN_TYPE);
    code.m.visitMethodInsn(
        INVOKEVIRTUAL, HANDLER, "execute", "(" + RegionCode.CPU_TYPE + INSN_TYPE + ")V", false);
    code.m.visitLabel(to);
    code.loadRegisters(touched);
    code.loadTlb();
    if (in.op.has(Op.END)) {
      code.targetFromRip();
    }
    code.stopIfEnded();
    insns.forgetFlags();
    caught(from, to, touched);
  }

  private void constant(Object value, String type) {
    code.m.visitFieldInsn(GETSTATIC, NAME, "k" + constants.size(), type);
    constants.add(value);
  }

  /**
   * What a handler throws: it may have changed registers before, as a repeated instruction does.
   */
  private void caught(Label from, Label to, int touched) {
    Label after = new Label();
    Label handler = new Label();
    code.m.visitJumpInsn(GOTO, after);
    code.m.visitTryCatchBlock(from, to, handler, null);
    code.handlerLabel(handler);
    code.loadRegisters(touched);
    code.op(ATHROW); // to the region's own; C1 compiles no jump to where exceptions are caught
    code.label(after);
  }

  private void writeEnd(RegionPlan.Part part, Insn in, int i) {
    String name = in.op.mnemonic;
    boolean near = in.operandSize == (code.wide ? 8 : 4);
    code.at(part.at() + i);
    if (!near && in.op.has(Op.F64)) {
      endByHandler(part, i);
    } else if (name.equals("jmp") && in.kind(0) == Insn.REL) {
      goTo(part.delta() + in.imm);
    } else if (name.equals("jmp")) {
      insns.target(in);
      dispatch(part, false);
    } else if (name.equals("call")) {
      call(part, in);
    } else if (name.equals("ret")) {
      insns.popValue(in.operandSize, in.imm, RegionCode.TARGET);
      dispatch(part, true);
    } else if (in.op.opcode >> 4 == (in.op.map == 0 ? 7 : 8) && in.kind(0) == Insn.REL) {
      Label taken = new Label();
      insns.jumpIf(in.op.opcode & 0xf, taken);
      goTo(part.end());
      code.label(taken);
      goTo(part.delta() + in.imm);
    } else {
      endByHandler(part, i);
    }
  }

  private void endByHandler(RegionPlan.Part part, int i) {
    code.setRip(part.end());
    execute(part, i);
    if (GO_ON.contains(part.last().op.mnemonic)) {
      code.cpu();
      code.support("quiet", "(" + RegionCode.CPU_TYPE + ")Z");
      Label events = new Label();
      code.m.visitJumpInsn(IFEQ, events);
      goTo(part.end());
      code.label(events);
    } else if (part.last().kind(0) == Insn.REL) {
      goToIfTarget(part.delta() + part.last().imm);
      goToIfTarget(part.end());
    }
    code.leave();
  }

  private void call(RegionPlan.Part part, Insn in) {
    boolean relative = in.kind(0) == Insn.REL;
    if (!relative) {
      insns.target(in);
    }
    code.pushAddress(part.end());
    code.set(RegionCode.VALUE);
    insns.pushValue(in.operandSize);
    if (relative) {
      goTo(part.delta() + in.imm);
    } else {
      dispatch(part, false);
    }
  }

  /** Goes on at {@link RegionCode#TARGET}. */
  private void dispatch(RegionPlan.Part part, boolean returns) {
    List<Long> candidates = new ArrayList<>();
    if (part.block().elsewhere() != null) {
      candidates.add(part.delta() + part.block().elsewhereDistance());
    }
    if (returns) {
      for (RegionPlan.Part caller : plan.parts()) {
        if (caller.last().op.mnemonic.equals("call")) {
          candidates.add(caller.end());
        }
      }
    }
    candidates.stream()
        .distinct()
        .filter(delta -> plan.at(delta) != null)
        .limit(MAX_TARGETS)
        .forEach(this::goToIfTarget);
    code.leave();
  }

  private void goToIfTarget(long delta) {
    Label no = new Label();
    code.get(RegionCode.TARGET);
    code.pushAddress(delta);
    code.op(LCMP);
    code.m.visitJumpInsn(IFNE, no);
    goTo(delta);
    code.label(no);
  }

  /** Goes to a relative address: to a block of the region, or out of it. */
  private void goTo(long delta) {
    RegionPlan.Part part = plan.at(delta);
    if (part == null) {
      code.m.visitJumpInsn(GOTO, exit(delta));
      return;
    }
    if (begun.contains(part)) {
      code.goesOn(plan.insns());
      code.m.visitJumpInsn(IFEQ, exit(delta));
    }
    code.m.visitJumpInsn(GOTO, labels.get(part));
  }

  /** Where the region is left for a relative address. */
  private Label exit(long delta) {
    Label label = new Label();
    stubs.put(label, delta);
    return label;
  }

  private void writeStubs() {
    stubs.forEach(
        (label, delta) -> {
          code.label(label);
          code.pushAddress(delta);
          code.set(RegionCode.TARGET);
          code.leave();
        });
    stubs.clear();
  }
}
