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
import org.jvmm.core.irq.FerrSource;
import org.jvmm.core.irq.InterruptSource;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.irq.TscSource;
import org.jvmm.softcpu.SoftVcpu;
import org.jvmm.softcpu.isa.Insn;

/** A vCPU of the accelerator, until the guest goes on in Java; then one of the CPU in Java. */
final class TakeoverVcpu extends Standstill.Member implements Vcpu, FerrSource, TscSource {
  /** The interrupt controllers are the board's. */
  private static final Set<Part> MOVED = EnumSet.complementOf(EnumSet.of(Part.APIC));

  /** IA32_TIME_STAMP_COUNTER (SDM vol. 4). */
  private static final int TSC = 0x10;

  private final TakeoverVm vm;
  private final Vcpu kvm;
  private final SoftVcpu java;

  /** Somebody else than {@link Standstill} wants an {@code INTERRUPTED}. */
  private final AtomicBoolean kicked = new AtomicBoolean();

  private volatile boolean inJava;

  /** The rescue that has no end, or null if nobody records it. */
  private RescueEvent event;

  /** {@link SoftVcpu#instructions} at its beginning. */
  private long first;

  /** The accelerator has refused an instruction, at which the CPU in Java will begin. */
  private boolean refused;

  TakeoverVcpu(TakeoverVm vm, Vcpu kvm, SoftVcpu java) {
    this.vm = vm;
    this.kvm = kvm;
    this.java = java;
    vm.standstill().add(this);
  }

  boolean inJava() {
    return inJava;
  }

  /** The one that has the state. */
  Vcpu current() {
    return inJava ? java : kvm;
  }

  @Override
  public VcpuExit run() {
    VcpuExit exit;
    do {
      exit = inJava ? runInJava() : vm.takenOver() ? move() : runInAccelerator();
    } while (exit == null);
    return exit;
  }

  /** Null where the caller is not concerned, here and below. */
  private VcpuExit runInAccelerator() {
    vm.standstill().enter(this);
    VcpuExit exit;
    try {
      if (vm.takenOver()) {
        return null;
      }
      exit = kvm.run();
    } finally {
      vm.standstill().leave(this);
    }
    refused = exit.reason() == ExitReason.EMULATION_FAILURE;
    if (refused || vm.due() && exit.reason() == ExitReason.INTERRUPTED) {
      vm.takeOver(this);
      return null;
    }
    return forCaller(exit);
  }

  private VcpuExit forCaller(VcpuExit exit) {
    boolean spurious = exit.reason() == ExitReason.INTERRUPTED && !kicked.getAndSet(false);
    return spurious ? null : exit;
  }

  /**
   * Goes over to Java, when the accelerator has completed what is half done and has looked at its
   * pins, without an instruction more.
   */
  private synchronized VcpuExit move() {
    kvm.kick();
    VcpuExit exit = kvm.run();
    if (exit.reason() != ExitReason.INTERRUPTED) {
      return exit;
    }
    CpuState state = new CpuState();
    kvm.save(state, MOVED);
    java.restore(state, MOVED);
    java.tscOffset(vm.tscOffset(state.msrs.get(TSC, 0)));
    inJava = true;
    begin(state.rip);
    return forCaller(exit);
  }

  private void begin(long rip) {
    Insn insn = java.next();
    if (refused) {
      vm.stats().refused(RescueStats.name(insn));
    }
    event = RescueEvent.of(id(), rip, insn);
    first = java.instructions();
  }

  private VcpuExit runInJava() {
    long before = java.instructions();
    long since = System.nanoTime();
    VcpuExit exit = java.run();
    vm.stats().executed(java.instructions() - before, System.nanoTime() - since);
    return forCaller(exit);
  }

  @Override
  void disturb() {
    kvm.kick();
  }

  @Override
  public int id() {
    return kvm.id();
  }

  @Override
  public void kick() {
    kicked.set(true);
    kvm.kick();
    java.kick();
  }

  /** Of the CPU in Java; before it takes over, the guest is not told of the APIC's deadline. */
  @Override
  public long tsc() {
    return java.tsc();
  }

  @Override
  public void connect(InterruptSource source) {
    kvm.connect(source);
    java.connect(source);
  }

  @Override
  public void connectFerr(IrqLine line) {
    java.connectFerr(line);
  }

  /** Who takes over asks the source once more. */
  @Override
  public void interruptPending() {
    current().interruptPending();
  }

  /** Like the other pins not while the vCPU moves: so it moves with the state. */
  @Override
  public synchronized void nmi() {
    current().nmi();
  }

  @Override
  public synchronized void init() {
    current().init();
  }

  @Override
  public synchronized void startup(int vector) {
    current().startup(vector);
  }

  @Override
  public void save(CpuState into, Set<Part> parts) {
    current().save(into, parts);
  }

  @Override
  public void restore(CpuState from, Set<Part> parts) {
    current().restore(from, parts);
  }

  @Override
  public void reset() {
    current().reset();
  }

  @Override
  public void debug(boolean singleStep, boolean softwareBreakpoints, DebugRegisters hardware) {
    kvm.debug(singleStep, softwareBreakpoints, hardware);
    java.debug(singleStep, softwareBreakpoints, hardware);
  }

  @Override
  public void close() {
    vm.forget(this);
    vm.standstill().remove(this);
    RescueEvent.end(event, java.instructions() - first);
    event = null;
    java.close();
    kvm.close();
  }
}
