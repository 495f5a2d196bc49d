package org.jvmm.softcpu.diff;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jvmm.softcpu.isa.Op;
import org.jvmm.softcpu.isa.Operand;

/** Why a row of the instruction table is not compared with the host's processor. */
enum NotCompared {
  PRIVILEGED("needs ring 0: the tests of org.jvmm.softcpu.sys"),
  NOT_FOR_USERS(
      "faults in ring 3 or everywhere: org.jvmm.softcpu.sys",
      "cli sti clac stac in out ins outs monitor mwait ud0 ud1 ud2"),
  ENTERS_THE_KERNEL(
      "enters the host's kernel: org.jvmm.softcpu.sys", "syscall sysenter int int1 int3"),
  LOADS_A_SEGMENT(
      "loads a segment register, for which the host has descriptors of its own: TransferTest",
      "callf jmpf retf iret les lds lss lfs lgs"),
  TELLS_ABOUT_THE_HOST(
      "its answer is the host's configuration",
      "sldt str smsw verr verw lar lsl sgdt sidt cpuid rdtsc rdtscp rdpmc rdpid xgetbv"),
  RANDOM("its answer is random", "rdrand rdseed"),
  THREAD_POINTER("FS and GS hold the host thread's data", "rdfsbase rdgsbase wrfsbase wrgsbase"),
  IMAGE(
      "its image has the pointers of the last x87 instruction: X87StateTest, XsaveTest",
      "fldenv frstor fnstenv fnsave fxsave fxrstor xsave xsavec xsaveopt xrstor"),
  NOT_EXACT(
      "the manuals do not define its last bits: X87TranscendentalTest, SseEstimateTest",
      "f2xm1 fyl2x fyl2xp1 fptan fpatan fsin fcos fsincos rcpps rcpss rsqrtps rsqrtss"),
  VENDORS("differs between vendors", "fstpnce prefetchw");

  /** What is tested in its place, or why nothing can be. */
  final String reason;

  private final Set<String> mnemonics;

  NotCompared(String reason, String... mnemonics) {
    this.reason = reason;
    this.mnemonics = Set.of(String.join(" ", mnemonics).split(" "));
  }

  private boolean holds(Op op) {
    return switch (this) {
      case PRIVILEGED -> op.has(Op.PRIVILEGED);
      case LOADS_A_SEGMENT -> mnemonics.contains(op.mnemonic) || loadsSegment(op);
      default -> mnemonics.contains(op.mnemonic);
    };
  }

  private static boolean loadsSegment(Op op) {
    return List.of("mov", "pop").contains(op.mnemonic)
        && op.operands.get(0).place() == Operand.Place.SEGMENT;
  }

  /** The mnemonics that a reason names; none for one that goes by attributes. */
  Set<String> mnemonics() {
    return this == PRIVILEGED ? Set.of() : mnemonics;
  }

  /** Why a row is left out; empty if it is compared. */
  static Optional<NotCompared> of(Op op) {
    return Stream.of(values()).filter(each -> each.holds(op)).findFirst();
  }
}
