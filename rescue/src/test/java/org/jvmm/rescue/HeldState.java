package org.jvmm.rescue;

import java.util.EnumSet;
import java.util.Set;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.CpuState.Part;
import org.jvmm.core.accel.DebugRegisters;
import org.jvmm.core.accel.Vcpu;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.core.irq.InterruptSource;

/** A vCPU that holds a state and does nothing. */
final class HeldState implements Vcpu {
  final CpuState state = new CpuState();

  /** Parts that were asked for, and parts that were set. */
  final Set<Part> saved = EnumSet.noneOf(Part.class);

  final Set<Part> restored = EnumSet.noneOf(Part.class);

  @Override
  public void save(CpuState into, Set<Part> parts) {
    saved.addAll(parts);
    copy(state, into, parts);
  }

  @Override
  public void restore(CpuState from, Set<Part> parts) {
    restored.addAll(parts);
    copy(from, state, parts);
  }

  private static void copy(CpuState from, CpuState to, Set<Part> parts) {
    parts.forEach(
        part -> {
          switch (part) {
            case GENERAL -> {
              System.arraycopy(from.gpr, 0, to.gpr, 0, 16);
              to.rip = from.rip;
              to.rflags = from.rflags;
            }
            case SYSTEM -> copySystem(from, to);
            case DEBUG -> System.arraycopy(from.dr, 0, to.dr, 0, 8);
            case MSRS -> {
              for (int i = 0; i < from.msrs.count(); i++) {
                to.msrs.put(from.msrs.index(i), from.msrs.value(i));
              }
            }
            case FPU -> {
              System.arraycopy(from.xsave, 0, to.xsave, 0, to.xsave.length);
              to.xcr0 = from.xcr0;
            }
            case EVENTS -> copyEvents(from, to);
            default -> throw new IllegalArgumentException(part.name());
          }
        });
  }

  private static void copySystem(CpuState from, CpuState to) {
    for (int i = 0; i < 8; i++) {
      to.segments[i].set(from.segments[i]);
    }
    to.gdtBase = from.gdtBase;
    to.gdtLimit = from.gdtLimit;
    to.idtBase = from.idtBase;
    to.idtLimit = from.idtLimit;
    to.cr0 = from.cr0;
    to.cr2 = from.cr2;
    to.cr3 = from.cr3;
    to.cr4 = from.cr4;
    to.cr8 = from.cr8;
    to.efer = from.efer;
    to.apicBase = from.apicBase;
  }

  private static void copyEvents(CpuState from, CpuState to) {
    to.activity = from.activity;
    to.exception = from.exception;
    to.exceptionHasErrorCode = from.exceptionHasErrorCode;
    to.exceptionErrorCode = from.exceptionErrorCode;
    to.injectedInterrupt = from.injectedInterrupt;
    to.interruptShadow = from.interruptShadow;
    to.nmiPending = from.nmiPending;
    to.nmiInjected = from.nmiInjected;
    to.nmiMasked = from.nmiMasked;
  }

  @Override
  public int id() {
    return 0;
  }

  @Override
  public VcpuExit run() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void kick() {}

  @Override
  public void connect(InterruptSource source) {}

  @Override
  public void interruptPending() {}

  @Override
  public void nmi() {}

  @Override
  public void init() {}

  @Override
  public void startup(int vector) {}

  @Override
  public void reset() {}

  @Override
  public void debug(boolean singleStep, boolean breakpoints, DebugRegisters hardware) {}

  @Override
  public void close() {}
}
