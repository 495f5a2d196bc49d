package org.jvmm.bench.lockstep;

import java.util.ArrayList;
import java.util.List;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.CpuState.Segment;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.core.mem.GuestMemory;

/** Lists what differs between two engines. */
final class Comparison {
  private static final String[] GENERAL = {
    "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
    "r14", "r15"
  };
  private static final String[] SEGMENTS = {"es", "cs", "ss", "ds", "fs", "gs", "ldtr", "tr"};

  /** RF, which tells how an accelerator steps, and what belongs to whoever debugs. */
  private static final long FLAGS_IGNORED = 1 << 16 | 1 << 8;

  /** The accessed bit of a descriptor, and its AVL. */
  private static final int ACCESS_IGNORED = 1 | 1 << 8;

  /** In the FXSAVE area: where x87 data begin, and where XMM registers end. */
  private static final int X87 = 32, XMM_END = 416;

  private static final String NONE = "none", HALTED = ExitReason.HALTED.name();

  private static final int MAX_BYTES = 16;

  private final List<String> found = new ArrayList<>();

  List<String> found() {
    return found;
  }

  private void differ(String what, long left, long right) {
    if (left != right) {
      found.add("  %-8s %016x %016x".formatted(what, left, right));
    }
  }

  /** Compares registers; {@code undefined} flags do not count. */
  Comparison states(CpuState left, CpuState right, int undefined) {
    for (int i = 0; i < 16; i++) {
      differ(GENERAL[i], left.gpr[i], right.gpr[i]);
    }
    differ("rip", left.rip, right.rip);
    long mask = ~(FLAGS_IGNORED | undefined);
    differ("rflags", left.rflags & mask, right.rflags & mask);
    for (int i = 0; i < SEGMENTS.length; i++) {
      segment(SEGMENTS[i], left.segments[i], right.segments[i]);
    }
    differ("gdtr", left.gdtBase, right.gdtBase);
    differ("idtr", left.idtBase, right.idtBase);
    differ("cr0", left.cr0, right.cr0);
    differ("cr2", left.cr2, right.cr2);
    differ("cr3", left.cr3, right.cr3);
    differ("cr4", left.cr4, right.cr4);
    differ("efer", left.efer, right.efer);
    bytes("xsave", left.xsave, right.xsave, 0, 6);
    bytes("xsave", left.xsave, right.xsave, 24, 28);
    bytes("xsave", left.xsave, right.xsave, X87, XMM_END);
    return this;
  }

  private void segment(String name, Segment left, Segment right) {
    if (left.unusable && right.unusable) {
      return;
    }
    differ(name, left.selector, right.selector);
    differ(name + " base", left.base, right.base);
    differ(name + " limit", left.limit, right.limit);
    differ(name + " access", left.access & ~ACCESS_IGNORED, right.access & ~ACCESS_IGNORED);
  }

  private void bytes(String what, byte[] left, byte[] right, int from, int to) {
    for (int i = from; i < to; i++) {
      differ("%s+%x".formatted(what, i), left[i] & 0xff, right[i] & 0xff);
    }
  }

  /** Compares RAM. */
  Comparison memories(GuestMemory left, GuestMemory right, int size) {
    int limit = found.size() + MAX_BYTES;
    for (long at = 0; at < size && found.size() < limit; at += 8) {
      differ("%x".formatted(at), left.read64(at), right.read64(at));
    }
    return this;
  }

  /**
   * Compares what the guest wants, or null for nothing. An engine that steps may tell of HLT as of
   * any instruction.
   */
  Comparison exits(VcpuExit left, VcpuExit right) {
    String l = text(left);
    String r = text(right);
    if (!l.equals(r) && !(l + r).equals(HALTED + NONE) && !(l + r).equals(NONE + HALTED)) {
      found.add("  exit     %s | %s".formatted(l, r));
    }
    return this;
  }

  static String text(VcpuExit exit) {
    if (exit == null) {
      return NONE;
    }
    StringBuilder text = new StringBuilder(exit.reason().name());
    switch (exit.reason()) {
      case IO_IN -> text.append(" port %x".formatted(exit.port()));
      case IO_OUT -> text.append(" port %x =%x".formatted(exit.port(), exit.data(0)));
      case MMIO_READ -> text.append(" %x".formatted(exit.address()));
      case MMIO_WRITE -> text.append(" %x =%x".formatted(exit.address(), exit.data(0)));
      default -> {
        return text.toString();
      }
    }
    return text.append(" %dx%d".formatted(exit.count(), exit.size())).toString();
  }
}
