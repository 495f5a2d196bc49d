package org.jvmm.softcpu;

import java.util.EnumSet;
import java.util.Set;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.CpuState.Activity;
import org.jvmm.core.accel.DebugRegisters;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.core.accel.Vcpu;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.core.irq.FerrSource;
import org.jvmm.core.irq.InterruptSource;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.irq.TscSource;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Events;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.exec.Interpreter;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.softcpu.isa.Insn;
import org.jvmm.softcpu.isa.Op;
import org.jvmm.softcpu.mmu.PhysicalMemory;
import org.jvmm.softcpu.sys.DebugControl;
import org.jvmm.softcpu.sys.Delivery;

/**
 * One vCPU: runs the interpreter, and looks between instructions at whatever else may happen, in
 * the order of SDM vol. 3 table 6-2.
 */
public final class SoftVcpu implements Vcpu, FerrSource, TscSource {
  /** Instructions until another vCPU gets its turn. */
  private static final int SLICE = 200_000;

  /** What a vCPU that does not run has to look at. */
  private static final int WAKING =
      Events.INTR | Events.NMI | Events.INIT | Events.STARTUP | Events.SHUTDOWN | Events.KICK;

  private final SoftVm vm;
  private final Cpu cpu;
  private final Baton baton;
  private final Interpreter interpreter;
  private final StateTransfer transfer;
  private volatile int startupVector = -1;

  /** {@link Cpu#instructions} at which its turn is over; 0 before a new turn. */
  private long sliceEnd;

  /** {@link Cpu#instructions} at which {@link #run} returns. */
  private long stop = Long.MAX_VALUE;

  /** Data breakpoints that a load of SS has hit: they trap behind the next instruction. */
  private int deferredHits;

  SoftVcpu(SoftVm vm, Cpu cpu, Baton baton) {
    this.vm = vm;
    this.cpu = cpu;
    this.baton = baton;
    interpreter = vm.interpreter(cpu, this::fault);
    transfer = new StateTransfer(cpu);
    reset();
  }

  @Override
  public void reset() {
    PowerOn.reset(cpu);
    transfer.forget();
    startupVector = -1;
    deferredHits = 0;
    sliceEnd = 0;
    if (cpu.activity == Activity.RUNNING) {
      baton.ready(cpu.id);
    } else {
      baton.rest(cpu.id);
    }
  }

  @Override
  public int id() {
    return cpu.id;
  }

  /** Instructions executed since power-on. */
  public long instructions() {
    return cpu.instructions;
  }

  /** What CPUID answers now; EAX, EBX, ECX, EDX. */
  public void cpuid(int leaf, int subleaf, int[] out) {
    cpu.cpuid.query(cpu, leaf, subleaf, out);
  }

  @Override
  public long tsc() {
    return cpu.tsc();
  }

  /** Sets the time-stamp counter: VM time in nanoseconds and this. */
  public void tscOffset(long offset) {
    cpu.msrs.tscOffset = offset;
  }

  Interpreter interpreter() {
    return interpreter;
  }

  /** The instruction at RIP, or null if it raises an exception before it is one. */
  public Insn next() {
    baton.take(cpu.id, () -> false);
    try {
      return interpreter.next();
    } catch (GuestFault fault) {
      return null;
    } finally {
      baton.leave();
    }
  }

  /**
   * Makes {@link #run} return {@code INTERRUPTED} when so many instructions have been executed,
   * exactly.
   *
   * @param instructions a value of {@link #instructions()}; {@code Long.MAX_VALUE} for never
   */
  public void stopAt(long instructions) {
    stop = instructions;
  }

  @Override
  public VcpuExit run() {
    boolean halted = cpu.activity != Activity.RUNNING && !cpu.io.waiting();
    if (halted && !cpu.events.has(WAKING)) {
      baton.rest(cpu.id);
      cpu.io.report(ExitReason.HALTED, "halted");
      return cpu.io;
    }
    if (!baton.take(cpu.id, this::kickedBetweenInstructions)) {
      cpu.events.clear(Events.KICK);
      cpu.io.report(ExitReason.INTERRUPTED, "kicked");
      return cpu.io;
    }
    if (sliceEnd == 0) {
      sliceEnd = cpu.instructions + SLICE;
    }
    try {
      runWithBaton();
    } finally {
      if (cpu.activity == Activity.RUNNING && sliceEnd != 0) {
        baton.leave();
      } else {
        sliceEnd = 0;
        baton.idle(cpu.id);
      }
    }
    return cpu.io;
  }

  private boolean kickedBetweenInstructions() {
    return cpu.events.has(Events.KICK) && !cpu.io.waiting();
  }

  private void runWithBaton() {
    if (cpu.io.waiting()) {
      cpu.io.replay();
      if (!finishInstruction()) {
        return;
      }
    }
    while (true) {
      if (baton.wanted() || cpu.instructions >= sliceEnd) {
        takeTurns();
      }
      if ((!cpu.events.none() || cpu.activity != Activity.RUNNING) && attend()) {
        return;
      }
      if (cpu.instructions >= stop) {
        cpu.io.report(ExitReason.INTERRUPTED, "instruction count");
        return;
      }
      if (cpu.events.has(Events.STEP)) {
        if (!step()) {
          return;
        }
      } else if (!interpreter.run(Math.min(stop, sliceEnd))) {
        return;
      }
    }
  }

  /** Lets others run when it is their turn: then the guest alone decides where. */
  private void takeTurns() {
    baton.letVmmIn(cpu.id);
    if (cpu.instructions >= sliceEnd || cpu.events.has(Events.PAUSE)) {
      if (baton.wanted()) {
        baton.pass(cpu.id);
      }
      sliceEnd = cpu.instructions + SLICE;
    }
  }

  /** Handles events; true if {@link #run} returns. */
  private boolean attend() {
    Events events = cpu.events;
    if (events.take(Events.SHUTDOWN)) {
      cpu.io.report(ExitReason.SHUTDOWN, "triple fault");
      return true;
    }
    if (events.take(Events.CODE)) {
      vm.discardWrittenCode();
    }
    if (events.take(Events.INIT)) {
      PowerOn.init(cpu);
      startupVectorUnlessNew();
    }
    if (events.take(Events.STARTUP)) {
      startUp();
    }
    if (events.take(Events.KICK)) {
      sliceEnd = 0; // whoever wanted that may keep its thread: no other vCPU waits for it
      cpu.io.report(ExitReason.INTERRUPTED, "kicked");
      return true;
    }
    events.clear(Events.PAUSE | Events.IDLE);
    transfer.inject();
    interrupts();
    if (cpu.activity != Activity.RUNNING) {
      cpu.io.report(ExitReason.HALTED, "halted");
      return true;
    }
    return false;
  }

  /** A start-up IPI that came before the INIT is void. */
  private void startupVectorUnlessNew() {
    if (!cpu.events.has(Events.STARTUP)) {
      startupVector = -1;
    }
  }

  private void startUp() {
    boolean waits =
        cpu.activity == Activity.WAIT_FOR_SIPI || cpu.activity == Activity.UNINITIALIZED;
    if (waits && startupVector >= 0) {
      PowerOn.startUp(cpu, startupVector);
    }
    startupVector = -1;
  }

  private void interrupts() {
    Events events = cpu.events;
    if (cpu.activity != Activity.RUNNING && cpu.activity != Activity.HALTED) {
      return;
    }
    if (cpu.shadow == 0 && !cpu.nmiMasked && events.take(Events.NMI)) {
      cpu.nmiMasked = true;
      cpu.activity = Activity.RUNNING;
      Delivery.interrupt(cpu, GuestFault.NMI);
    }
    if (cpu.shadow == 0 && events.take(Events.INTR)) {
      boolean allowed = (cpu.flags & Flags.IF) != 0;
      int vector = allowed && cpu.interrupts.pending() ? cpu.interrupts.acknowledge() : -1;
      if (vector >= 0) {
        cpu.activity = Activity.RUNNING;
        Delivery.interrupt(cpu, vector);
      }
    }
  }

  /** One instruction and the debug exceptions around it; false if {@link #run} returns. */
  private boolean step() {
    if (cpu.stepTrap) { // set by a SYSRET that ran with others
      cpu.stepTrap = false;
      return debugException(DebugControl.BS);
    }
    boolean blocked = (cpu.shadow & CpuState.SHADOW_MOV_SS) != 0;
    if ((cpu.flags & Flags.RF) == 0 && !blocked && DebugControl.armed(cpu)) {
      int hits = DebugControl.executionHits(cpu);
      if (hits != 0) {
        return debugException(hits);
      }
    }
    cpu.flags &= ~Flags.RF;
    cpu.stepTrap = (cpu.flags & Flags.TF) != 0;
    cpu.shadow = 0;
    cpu.debugHits = 0;
    return finishInstruction();
  }

  private boolean finishInstruction() {
    if (!interpreter.run(cpu.instructions + 1)) {
      return false;
    }
    cpu.io.commit();
    int dr6 = (cpu.stepTrap ? DebugControl.BS : 0) | cpu.debugHits | deferredHits;
    cpu.stepTrap = false;
    cpu.debugHits = 0;
    deferredHits = 0;
    if ((cpu.shadow & CpuState.SHADOW_MOV_SS) != 0) {
      deferredHits = dr6 & ~DebugControl.BS;
      dr6 = 0;
    }
    boolean goesOn = true;
    if (cpu.debug.singleStep) {
      goesOn = debugExit(dr6 | DebugControl.BS);
    } else if (dr6 != 0) {
      goesOn = debugException(dr6);
    }
    if (!keepStepping()) {
      cpu.events.clear(Events.STEP);
    }
    return goesOn;
  }

  private boolean keepStepping() {
    return (cpu.flags & (Flags.TF | Flags.RF)) != 0
        || cpu.shadow != 0
        || cpu.debug.singleStep
        || DebugControl.armed(cpu);
  }

  /** #DB, or an exit if the VMM set the breakpoints; false if {@link #run} returns. */
  private boolean debugException(int dr6) {
    if (cpu.debug.hardware != null && (dr6 & DebugControl.BS) == 0) {
      return debugExit(dr6);
    }
    cpu.dr[6] = cpu.dr[6] & ~15L | dr6;
    cpu.activity = Activity.RUNNING; // it may have been HLT
    Delivery.debug(cpu);
    return true;
  }

  private boolean debugExit(int dr6) {
    cpu.io.reportDebug(GuestFault.DB, cpu.rip + cpu.codeBase, dr6);
    return false;
  }

  private void fault(GuestFault fault, Insn insn) {
    int vector = fault.vector();
    if (vector == GuestFault.RESTART) {
      cpu.stepTrap = false;
      cpu.instructions--;
      return;
    }
    if (vector == GuestFault.NON_CANONICAL) {
      vector = usesStack(insn) ? GuestFault.SS : GuestFault.GP;
    }
    Delivery.exception(cpu, vector, fault.errorCode());
  }

  private static boolean usesStack(Insn insn) {
    return insn != null && (insn.memory >= 0 ? insn.segment == Cpu.SS : insn.op.has(Op.STACK));
  }

  @Override
  public void kick() {
    cpu.events.post(Events.KICK);
    baton.wake();
  }

  @Override
  public void connect(InterruptSource source) {
    cpu.interrupts = source;
  }

  /** Describes a failed exit. */
  String report(PhysicalMemory memory, VcpuExit exit) {
    CpuState state = new CpuState();
    save(state, EnumSet.of(CpuState.Part.GENERAL, CpuState.Part.SYSTEM));
    return new SoftReport(cpu, memory).describe(state, exit);
  }

  @Override
  public void connectFerr(IrqLine line) {
    cpu.ferr = line;
  }

  @Override
  public void interruptPending() {
    wake(Events.INTR);
  }

  private void wake(int event) {
    cpu.events.post(event);
    baton.ready(cpu.id);
  }

  @Override
  public void nmi() {
    wake(Events.NMI);
  }

  @Override
  public void init() {
    wake(Events.INIT);
  }

  @Override
  public void startup(int vector) {
    startupVector = vector;
    wake(Events.STARTUP);
  }

  @Override
  public void save(CpuState into, Set<CpuState.Part> parts) {
    transfer.save(into, parts);
    if (parts.contains(CpuState.Part.EVENTS)) {
      into.sipiVector = startupVector;
    }
  }

  @Override
  public void restore(CpuState from, Set<CpuState.Part> parts) {
    cpu.stepTrap = false;
    deferredHits = 0;
    transfer.restore(from, parts);
    sliceEnd = 0;
    if (cpu.activity == Activity.RUNNING) {
      baton.ready(cpu.id);
    }
    if (parts.contains(CpuState.Part.EVENTS) && from.sipiVector >= 0) {
      startup(from.sipiVector);
    }
  }

  @Override
  public void debug(boolean singleStep, boolean softwareBreakpoints, DebugRegisters hardware) {
    cpu.debug.singleStep = singleStep;
    cpu.debug.softwareBreakpoints = softwareBreakpoints;
    cpu.debug.hardware = hardware;
    DebugControl.changed(cpu);
    cpu.events.post(Events.STEP);
  }

  @Override
  public void close() {
    kick();
  }
}
