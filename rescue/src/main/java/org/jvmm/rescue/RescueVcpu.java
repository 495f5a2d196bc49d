package org.jvmm.rescue;

import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.CpuState.Part;
import org.jvmm.core.accel.DebugRegisters;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.core.accel.Vcpu;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.core.irq.InterruptSource;
import org.jvmm.core.mem.MemorySlot;

/**
 * A vCPU of the accelerator that does not end at a refused instruction. Between two calls of {@link
 * #run} its state is the accelerator's, but while an instruction waits for the answer to its I/O.
 */
final class RescueVcpu extends Standstill.Member implements Vcpu {
  private static final int INVALID_OPCODE = 6;

  private final RescueVm vm;
  private final Vcpu inner;

  /** Somebody else than {@link Standstill} wants an {@code INTERRUPTED}. */
  private final AtomicBoolean kicked = new AtomicBoolean();

  /** Made with the first refusal: most vCPUs never need it. */
  private volatile Rescuer rescuer;

  /** The last refusal, and why it was not rescued, or "". */
  private VcpuExit failure;

  private String whyNot = "";

  /** Arguments of the last {@link #debug}. */
  private boolean singleStep;

  private boolean breakpoints;
  private DebugRegisters hardware;

  RescueVcpu(RescueVm vm, Vcpu inner) {
    this.vm = vm;
    this.inner = inner;
    vm.standstill().add(this);
  }

  Vcpu inner() {
    return inner;
  }

  /** Why the last refusal was not rescued, or "". */
  String whyNot() {
    return whyNot;
  }

  @Override
  public int id() {
    return inner.id();
  }

  @Override
  public VcpuExit run() {
    vm.standstill().enter(this);
    try {
      VcpuExit exit;
      do {
        exit = runOnce();
      } while (exit == null);
      return exit;
    } finally {
      vm.standstill().leave(this);
    }
  }

  /** Null where the caller is not concerned. */
  private VcpuExit runOnce() {
    if (rescuer != null && rescuer.underWay()) {
      return rescuer.goOn();
    }
    VcpuExit exit = inner.run();
    if (exit.reason() == ExitReason.EMULATION_FAILURE) {
      return refused(exit);
    }
    if (exit.reason() == ExitReason.INTERRUPTED && !kicked.getAndSet(false)) {
      vm.standstill().leave(this);
      vm.standstill().enter(this);
      return null;
    }
    return exit;
  }

  private VcpuExit refused(VcpuExit exit) {
    if (vm.mode() == RescueMode.INJECT_UD) {
      injectInvalidOpcode();
      return null;
    }
    if (rescuer == null) {
      rescuer = makeRescuer();
    }
    failure = exit;
    whyNot = rescuer.whyNot();
    return whyNot.isEmpty() ? rescuer.goOn() : failure;
  }

  /** The refusal is the caller's after all, with the state as the accelerator has it. */
  VcpuExit refusedAfterAll(String why) {
    whyNot = why;
    return failure;
  }

  private Rescuer makeRescuer() {
    synchronized (vm) { // against a change of the dirty logs
      Rescuer made = new Rescuer(vm, this);
      made.finisher().debug(singleStep, breakpoints, hardware);
      vm.logged().forEach(slot -> made.finisher().logDirty(slot, true));
      return made;
    }
  }

  private void injectInvalidOpcode() {
    CpuState state = new CpuState();
    Set<Part> events = EnumSet.of(Part.EVENTS);
    inner.save(state, events);
    state.exception = INVALID_OPCODE;
    state.exceptionHasErrorCode = false;
    inner.restore(state, events);
    vm.stats().refused("(#UD injected)");
  }

  void logDirty(MemorySlot slot, boolean on) {
    if (rescuer != null) {
      rescuer.finisher().logDirty(slot, on);
    }
  }

  void takeDirty(MemorySlot slot, long[] bitmap) {
    if (rescuer != null) {
      rescuer.finisher().takeDirty(slot, bitmap);
    }
  }

  @Override
  void disturb() {
    inner.kick();
  }

  @Override
  public void kick() {
    kicked.set(true);
    inner.kick();
  }

  @Override
  public void connect(InterruptSource source) {
    inner.connect(source);
  }

  @Override
  public void interruptPending() {
    inner.interruptPending();
  }

  @Override
  public void nmi() {
    inner.nmi();
  }

  @Override
  public void init() {
    inner.init();
  }

  @Override
  public void startup(int vector) {
    inner.startup(vector);
  }

  @Override
  public void save(CpuState into, Set<Part> parts) {
    inner.save(into, parts);
  }

  @Override
  public void restore(CpuState from, Set<Part> parts) {
    inner.restore(from, parts);
  }

  @Override
  public void reset() {
    inner.reset();
  }

  @Override
  public void debug(boolean step, boolean softwareBreakpoints, DebugRegisters registers) {
    singleStep = step;
    breakpoints = softwareBreakpoints;
    hardware = registers;
    inner.debug(step, softwareBreakpoints, registers);
    if (rescuer != null) {
      rescuer.finisher().debug(step, softwareBreakpoints, registers);
    }
  }

  @Override
  public void close() {
    vm.forget(this);
    vm.standstill().remove(this);
    if (rescuer != null) {
      rescuer.close();
    }
    inner.close();
  }
}
