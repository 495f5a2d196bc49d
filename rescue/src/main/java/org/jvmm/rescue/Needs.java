package org.jvmm.rescue;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jvmm.core.accel.CpuState.Part;
import org.jvmm.softcpu.isa.Insn;
import org.jvmm.softcpu.isa.Op;
import org.jvmm.softcpu.isa.OpTable;
import org.jvmm.softcpu.isa.Operand;

/** What an instruction needs besides the registers that every rescue moves, by its table row. */
final class Needs {
  /** What every rescue moves. */
  static final Set<Part> ALWAYS = EnumSet.of(Part.GENERAL, Part.SYSTEM, Part.DEBUG, Part.EVENTS);

  /** Answered by what only the accelerator has: its CPUID, its APIC, its TLB. */
  private static final Set<String> FOREIGN =
      Set.of("cpuid", "rdmsr", "wrmsr", "rdpmc", "invlpg", "invpcid", "rsm", "monitor", "mwait");

  /** Those that change or ask for MSRs without RDMSR. */
  private static final Set<String> WITH_MSRS =
      Set.of("swapgs", "syscall", "sysret", "sysenter", "sysexit", "rdtsc", "rdtscp", "rdpid");

  private static final Set<String> WITH_FPU =
      Set.of(
          "fxsave",
          "fxrstor",
          "xsave",
          "xsaveopt",
          "xsavec",
          "xrstor",
          "xgetbv",
          "xsetbv",
          "ldmxcsr",
          "stmxcsr",
          "emms",
          "fwait");

  private static final Set<String> EXTENDED_STATE =
      Set.of("xsave", "xsaveopt", "xsavec", "xrstor", "xgetbv", "xsetbv");

  private static final Needs[] BY_ROW =
      OpTable.rows().stream().map(Needs::new).toArray(Needs[]::new);

  /** Parts of the state besides {@link #ALWAYS}. */
  final Set<Part> parts;

  /** It cannot be executed away from the accelerator. */
  final boolean foreign;

  /** It moves state components by number: all that are on must be known here. */
  final boolean extendedState;

  /** The guest waits or talks to a device in it: the accelerator's business where it can. */
  private final boolean visible;

  private final boolean exchange;

  private Needs(Op op) {
    foreign = FOREIGN.contains(op.mnemonic);
    extendedState = EXTENDED_STATE.contains(op.mnemonic);
    visible =
        List.of("hlt", "in", "out", "ins", "outs", "pause").contains(op.mnemonic)
            || op.operands.stream().anyMatch(o -> o.place() == Operand.Place.CONTROL);
    exchange = op.mnemonic.equals("xchg");
    parts = EnumSet.noneOf(Part.class);
    if (touchesFpu(op)) {
      parts.add(Part.FPU);
    }
    if (WITH_MSRS.contains(op.mnemonic)) {
      parts.add(Part.MSRS);
    }
  }

  private static boolean touchesFpu(Op op) {
    boolean escape = op.map == 0 && op.opcode >= 0xd8 && op.opcode <= 0xdf;
    return escape
        || WITH_FPU.contains(op.mnemonic)
        || op.operands.stream().anyMatch(Needs::isVector);
  }

  private static boolean isVector(Operand operand) {
    return switch (operand.place()) {
      case XMM, XMM_RM, XMM_RM_REG, MMX, MMX_RM, MMX_RM_REG, X87 -> true;
      default -> false;
    };
  }

  static Needs of(Insn insn) {
    return BY_ROW[insn.op.id];
  }

  /** Whether it may be executed here though the accelerator has not refused it. */
  boolean maybeHere() {
    return !foreign && !visible && !parts.contains(Part.MSRS);
  }

  /** Whether it reads and writes memory in one, which other vCPUs must not come between. */
  static boolean locks(Insn insn) {
    return insn.memory >= 0 && (insn.hasPrefix(Insn.LOCK) || of(insn).exchange);
  }
}
