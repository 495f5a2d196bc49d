package org.jvmm.core.accel;

import org.jvmm.core.bus.PortItems;

/**
 * A view of the last exit of one vCPU, reused: valid until the next {@link Vcpu#run}. Nothing here
 * allocates but detail.
 */
public interface VcpuExit extends PortItems {
  ExitReason reason();

  /** I/O exits: the port. */
  int port();

  /** MMIO exits: the guest-physical address. */
  long address();

  /** I/O: bytes of one item, 1, 2 or 4. MMIO: 1 to 8. */
  int size();

  /** I/O: number of items (REP INS/OUTS deliver several), at least 1. */
  @Override
  int count();

  /** I/O out and MMIO writes: item {@code i}, zero-extended. */
  @Override
  long data(int i);

  /** I/O in and MMIO reads: sets item {@code i}; bits above {@link #size} are ignored. */
  @Override
  void reply(int i, long value);

  /** {@link ExitReason#IOAPIC_EOI}: the vector. */
  int vector();

  /** {@link ExitReason#DEBUG}: linear address of the instruction. */
  long debugRip();

  /**
   * {@link ExitReason#DEBUG}: DR6 as the event left it; 0 with {@link #debugException} 3 for INT3.
   */
  long debugDr6();

  /** {@link ExitReason#DEBUG}: the vector, 1 (#DB) or 3 (#BP). */
  int debugException();

  /** Failures: what happened, in words and hex, for the report. Cold. */
  String detail();
}
