package org.jvmm.rescue;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.CpuState.Msrs;
import org.jvmm.core.accel.CpuState.Part;
import org.jvmm.core.accel.CpuState.Segment;
import org.jvmm.core.accel.Vcpu;
import org.jvmm.softcpu.Finisher;

/**
 * Moves a vCPU's state between its accelerator and the CPU in Java, as little as possible: parts
 * when they are needed, and back only those that have changed.
 */
final class StateMove {
  private static final int TF = 1 << 8;

  /** Bytes of x87 and SSE state in the XSAVE area, and the header's first field behind them. */
  private static final int LEGACY = 512;

  /** The MSR that an instruction other than WRMSR changes: SWAPGS, IA32_KERNEL_GS_BASE. */
  private static final int KERNEL_GS_BASE = 0xc000_0102;

  private final Vcpu accelerator;
  private final Finisher finisher;

  /** As the accelerator had it, and as it is to have it. */
  private final CpuState before = new CpuState();

  private final CpuState after = new CpuState();
  private final CpuState oneMsr = new CpuState();
  private final Set<Part> brought = EnumSet.noneOf(Part.class);
  private final Set<Part> lacking = EnumSet.noneOf(Part.class);
  private final Set<Part> changed = EnumSet.noneOf(Part.class);
  private boolean nmiPending;

  StateMove(Vcpu accelerator, Finisher finisher) {
    this.accelerator = accelerator;
    this.finisher = finisher;
  }

  /** Brings over what every instruction needs. */
  void begin() {
    brought.clear();
    brought.addAll(Needs.ALWAYS);
    accelerator.save(before, brought);
    nmiPending = before.nmiPending;
    before.nmiPending = false; // it stays where it is
    finisher.begin(before, brought);
  }

  /** Brings over more parts, those that have not come yet. */
  void bring(Set<Part> parts) {
    lacking.clear();
    lacking.addAll(parts);
    lacking.removeAll(brought);
    if (!lacking.isEmpty()) {
      accelerator.save(before, lacking);
      finisher.take(before, lacking);
      brought.addAll(lacking);
    }
  }

  /** Whether parts have been brought. */
  boolean has(Set<Part> parts) {
    return brought.containsAll(parts);
  }

  long rip() {
    return before.rip;
  }

  long xcr0() {
    return brought.contains(Part.FPU) ? before.xcr0 : 1;
  }

  long apicPage() {
    return before.apicBase >>> 12;
  }

  /** An exception or interrupt had been on its way into the guest. */
  boolean eventUnderWay() {
    return before.exception >= 0 || before.injectedInterrupt >= 0 || before.nmiInjected;
  }

  /** The guest steps itself, instruction by instruction. */
  boolean traps() {
    return (before.rflags & TF) != 0;
  }

  /** Puts back what has changed. */
  void end() {
    after.xcr0 = before.xcr0;
    finisher.give(after, brought);
    after.nmiPending = nmiPending;
    changed.clear();
    changed.add(Part.GENERAL);
    if (!sameSystem()) {
      changed.add(Part.SYSTEM);
    }
    if (!sameEvents()) {
      changed.add(Part.EVENTS);
    }
    if (!Arrays.equals(before.dr, after.dr)) {
      changed.add(Part.DEBUG);
    }
    accelerator.restore(after, changed);
    if (brought.contains(Part.FPU)) {
      endFpu();
    }
    if (brought.contains(Part.MSRS)) {
      endMsrs();
    }
  }

  private boolean sameSystem() {
    for (int i = 0; i < before.segments.length; i++) {
      if (!same(before.segments[i], after.segments[i])) {
        return false;
      }
    }
    return before.cr0 == after.cr0
        && before.cr2 == after.cr2
        && before.cr3 == after.cr3
        && before.cr4 == after.cr4
        && before.cr8 == after.cr8
        && before.efer == after.efer
        && before.gdtBase == after.gdtBase
        && before.gdtLimit == after.gdtLimit
        && before.idtBase == after.idtBase
        && before.idtLimit == after.idtLimit;
  }

  private static boolean same(Segment a, Segment b) {
    return a.selector == b.selector
        && a.base == b.base
        && a.limit == b.limit
        && a.access == b.access
        && a.unusable == b.unusable;
  }

  private boolean sameEvents() {
    return before.interruptShadow == after.interruptShadow
        && before.nmiMasked == after.nmiMasked
        && before.activity == after.activity
        && after.exception < 0
        && after.injectedInterrupt < 0;
  }

  /** The CPU in Java has x87 and SSE state; other components stay as they were. */
  private void endFpu() {
    long enabled = before.xcr0 & ~3L | after.xcr0;
    boolean same = Arrays.equals(before.xsave, 0, LEGACY, after.xsave, 0, LEGACY);
    if (same && (before.xsave[LEGACY] & 3) == 3 && enabled == before.xcr0) {
      return;
    }
    System.arraycopy(after.xsave, 0, before.xsave, 0, LEGACY);
    before.xsave[LEGACY] |= 3;
    before.xcr0 = enabled;
    accelerator.restore(before, EnumSet.of(Part.FPU));
  }

  private void endMsrs() {
    long old = before.msrs.get(KERNEL_GS_BASE, 0);
    long now = after.msrs.get(KERNEL_GS_BASE, old);
    if (now != old) {
      Msrs msrs = oneMsr.msrs;
      msrs.clear();
      msrs.put(KERNEL_GS_BASE, now);
      accelerator.restore(oneMsr, EnumSet.of(Part.MSRS));
    }
  }
}
