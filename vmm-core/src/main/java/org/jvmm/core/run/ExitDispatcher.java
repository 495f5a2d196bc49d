package org.jvmm.core.run;

import org.jvmm.core.accel.VcpuExit;

/**
 * Answers I/O exits from the buses; what it cannot answer goes up, where policy is. A pure
 * function, tested without KVM.
 */
public final class ExitDispatcher {
  /** What the run loop does next. */
  public enum Verdict {
    /** Answered: enter the guest again. */
    RESUME,
    /** An order may be waiting. */
    INTERRUPTED,
    /** Sleep until an interrupt is pending. */
    HALTED,
    /** A debugger's business. */
    DEBUG,
    /** The guest ended: triple fault. */
    SHUTDOWN,
    /** The accelerator cannot go on: report. */
    FAILED
  }

  private ExitDispatcher() {}

  /** Handles one exit. Guest-driven, so it never throws. */
  public static Verdict dispatch(VcpuExit exit, Buses buses) {
    return switch (exit.reason()) {
      case IO_IN -> {
        buses.ports().read(exit.port(), exit.size(), exit);
        yield Verdict.RESUME;
      }
      case IO_OUT -> {
        buses.ports().write(exit.port(), exit.size(), exit);
        yield Verdict.RESUME;
      }
      case MMIO_READ -> {
        exit.reply(0, buses.mmio().read(exit.address(), exit.size()));
        yield Verdict.RESUME;
      }
      case MMIO_WRITE -> {
        buses.mmio().write(exit.address(), exit.size(), exit.data(0));
        yield Verdict.RESUME;
      }
      case INTERRUPT_WINDOW -> Verdict.RESUME;
      case IOAPIC_EOI -> {
        buses.endOfInterrupt().accept(exit.vector());
        yield Verdict.RESUME;
      }
      case HALTED -> Verdict.HALTED;
      case INTERRUPTED -> Verdict.INTERRUPTED;
      case DEBUG -> Verdict.DEBUG;
      case SHUTDOWN -> Verdict.SHUTDOWN;
      case FAIL_ENTRY, EMULATION_FAILURE, INTERNAL_ERROR, UNKNOWN -> Verdict.FAILED;
    };
  }
}
