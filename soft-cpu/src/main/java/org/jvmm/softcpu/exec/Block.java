package org.jvmm.softcpu.exec;

import org.jvmm.softcpu.isa.Insn;

/**
 * A run of decoded instructions that is entered at its first and left at its last or by a fault.
 */
final class Block {
  /** {@link #mode} of a block that a byte of was overwritten: no vCPU is in it. */
  static final int DISCARDED = -1;

  /** Guest-physical address of the first byte. */
  final long physical;

  /** {@link org.jvmm.softcpu.isa.Mode} bits it was decoded with, or {@link #DISCARDED}. */
  int mode;

  final Insn[] insns;
  final Handler[] handlers;

  /** Bytes. */
  final int length;

  /** Guest-physical page of the part that lies on a second page, or -1. */
  final long secondPage;

  /** The next block of the same bucket of its {@link CodePage}. */
  Block nextInBucket;

  Block(long physical, int mode, Insn[] insns, Handler[] handlers, long secondPage) {
    this.physical = physical;
    this.mode = mode;
    this.insns = insns;
    this.handlers = handlers;
    this.secondPage = secondPage;
    length = insns[insns.length - 1].end;
  }

  /** Bytes on the second page. */
  int spill() {
    return ((int) physical & 0xfff) + length - 4096;
  }
}
