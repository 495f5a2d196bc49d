package org.jvmm.rescue;

import org.jvmm.core.accel.ExitReason;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.core.accel.Vcpu;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.softcpu.Finisher;
import org.jvmm.softcpu.exec.Guard;
import org.jvmm.softcpu.isa.Disassembler;
import org.jvmm.softcpu.isa.Insn;

/**
 * Executes what one vCPU's accelerator has refused: brings the state over, steps, and brings back
 * what has changed. Parts that few instructions need are moved when one needs them: the
 * accelerator's stand still meanwhile.
 */
final class Rescuer implements Guard, AutoCloseable {
  private static final long IOAPIC_PAGE = 0xfec00, ABOVE_X87_AND_SSE = ~3L;

  private final RescueVm vm;
  private final RescueVcpu vcpu;
  private final Vcpu inner;
  private final Finisher finisher;
  private final RescueStats stats;
  private final Stay stay;
  private final StateMove state;

  /** The instruction that is executed. */
  private Insn insn;

  private String refused;
  private boolean underWay;

  /** {@link Finisher#instructions} at the beginning. */
  private long first;

  private long began;
  private RescueEvent event;

  Rescuer(RescueVm vm, RescueVcpu vcpu) {
    this.vm = vm;
    this.vcpu = vcpu;
    inner = vcpu.inner();
    finisher = new Finisher(vm.config(), vcpu.id(), this);
    stats = vm.stats();
    stay = new Stay(vm.complete());
    state = new StateMove(inner, finisher);
  }

  Finisher finisher() {
    return finisher;
  }

  /** Whether an instruction is to be continued by {@link #goOn}. */
  boolean underWay() {
    return underWay;
  }

  /**
   * Begins with the refused instruction, which {@link #goOn} then executes.
   *
   * @return why it cannot be executed, or ""
   */
  String whyNot() {
    began = System.nanoTime();
    state.begin();
    if (state.eventUnderWay()) {
      return "an event is being delivered";
    }
    insn = finisher.next();
    if (insn == null) {
      // What the guest may use is all known here: then the exception is the guest's.
      return vm.complete() ? beginFault() : "the CPU in Java does not know the instruction either";
    }
    String text = Disassembler.intel(insn, state.rip());
    Needs needs = Needs.of(insn);
    if (needs.foreign) {
      return text + " depends on what only the accelerator has";
    }
    state.bring(needs.parts);
    if (needs.extendedState && !hasNoMoreState()) {
      return text + ": XCR0 has state that the CPU in Java has not";
    }
    stay.refused(insn);
    begin(RescueStats.name(insn));
    return "";
  }

  private String beginFault() {
    begin(RescueStats.name(null));
    return "";
  }

  private void begin(String name) {
    refused = name;
    first = finisher.instructions();
    underWay = true;
    event = RescueEvent.of(vcpu.id(), state.rip(), insn);
  }

  /**
   * Executes, until the state is the accelerator's again or an exit concerns the caller.
   *
   * @return that exit, or null
   */
  VcpuExit goOn() {
    VcpuExit exit = step();
    while (exit.reason() == ExitReason.INTERRUPTED) {
      int left = (int) (stay.length() - executed());
      insn = state.traps() ? null : finisher.next();
      if (insn == null || !executable(insn)) {
        return back(null);
      }
      if (stay.isRefused(insn)) {
        exit = step();
      } else if (left > 0 && passes(insn)) {
        exit = finisher.run(left);
      } else {
        return back(null);
      }
    }
    return switch (exit.reason()) {
      case IO_IN, IO_OUT, MMIO_READ, MMIO_WRITE -> access(exit);
      case HALTED -> back(null);
      default -> back(exit);
    };
  }

  /** The refused instruction's access goes up; one of an instruction after it is not done here. */
  private VcpuExit access(VcpuExit exit) {
    if (executed() > 0) {
      return back(null);
    }
    if (isAccelerators(exit)) {
      underWay = false;
      return vcpu.refusedAfterAll("it accesses a device of the accelerator's own");
    }
    return exit;
  }

  private VcpuExit step() {
    if (insn == null || !locks(insn)) {
      return finisher.step();
    }
    VcpuExit[] exit = new VcpuExit[1];
    vm.standstill().alone(vcpu, () -> exit[0] = finisher.step());
    stats.stoodStill();
    return exit[0];
  }

  private boolean locks(Insn other) {
    return Needs.locks(other) && !vm.standstill().isSingle();
  }

  /** Brings what an instruction needs; false if it cannot be executed here. */
  private boolean executable(Insn next) {
    Needs needs = Needs.of(next);
    if (needs.foreign || !stay.isRefused(next) && (locks(next) || !needs.maybeHere())) {
      return false;
    }
    state.bring(needs.parts);
    return !needs.extendedState || hasNoMoreState();
  }

  /** The guest has switched on no state component that the CPU in Java has not. */
  private boolean hasNoMoreState() {
    return (state.xcr0() & ABOVE_X87_AND_SSE) == 0;
  }

  @Override
  public boolean concerns(Insn other) {
    Needs needs = Needs.of(other);
    return !needs.maybeHere() || !needs.parts.isEmpty() || Needs.locks(other);
  }

  /** Where false, {@link #goOn} looks at the instruction itself. */
  @Override
  public boolean passes(Insn other) {
    Needs needs = Needs.of(other);
    return needs.maybeHere()
        && state.has(needs.parts)
        && (!needs.extendedState || hasNoMoreState())
        && !locks(other);
  }

  private long executed() {
    return finisher.instructions() - first;
  }

  private VcpuExit back(VcpuExit exit) {
    underWay = false;
    state.end();
    stats.rescued(refused, executed(), System.nanoTime() - began);
    RescueEvent.end(event, executed());
    stay.left();
    return exit;
  }

  /** Interrupt controllers in the accelerator are not on the machine's buses. */
  private boolean isAccelerators(VcpuExit exit) {
    boolean memory =
        exit.reason() == ExitReason.MMIO_READ || exit.reason() == ExitReason.MMIO_WRITE;
    long page = exit.address() >>> 12;
    return memory
        && vm.irqchip() != IrqchipMode.USER
        && (page == state.apicPage() || vm.irqchip() == IrqchipMode.KERNEL && page == IOAPIC_PAGE);
  }

  @Override
  public void close() {
    finisher.close();
  }
}
