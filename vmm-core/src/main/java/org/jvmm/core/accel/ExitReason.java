package org.jvmm.core.accel;

/** Why a vCPU stopped, the same for every accelerator. */
public enum ExitReason {
  /** IN or INS: {@link VcpuExit#reply} each of {@link VcpuExit#count} items. */
  IO_IN,
  /** OUT or OUTS: {@link VcpuExit#data} of {@link VcpuExit#count} items. */
  IO_OUT,
  /** A load from a guest-physical address that no memory backs. */
  MMIO_READ,
  /** A store to a guest-physical address that no memory (or ROM) backs. */
  MMIO_WRITE,
  /**
   * HLT with the interrupt controllers outside: nothing to do until an event. The runner sleeps and
   * calls {@link Vcpu#run} again; if still nothing is pending, that returns {@code HALTED} again.
   */
  HALTED,
  /** The guest can take an interrupt now, which the accelerator wanted to inject. */
  INTERRUPT_WINDOW,
  /**
   * End of interrupt for a level-triggered vector that a userspace IOAPIC must hear of ({@link
   * VcpuExit#vector}).
   */
  IOAPIC_EOI,
  /** Kicked, or a signal came; nothing is half done. */
  INTERRUPTED,
  /** A debug event ({@link Vcpu#debug}). */
  DEBUG,
  /** Triple fault. */
  SHUTDOWN,
  /** The processor refused the guest state at entry. */
  FAIL_ENTRY,
  /**
   * The accelerator cannot execute the next instruction. Nothing of it was done: the state may be
   * saved and restored, and {@link Vcpu#run} goes on from there.
   */
  EMULATION_FAILURE,
  /** The accelerator gave up for another reason of its own. */
  INTERNAL_ERROR,
  /** An exit that jvmm does not know; the number is in {@link VcpuExit#detail}. */
  UNKNOWN
}
