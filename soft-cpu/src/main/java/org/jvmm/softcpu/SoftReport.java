package org.jvmm.softcpu;

import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.core.mem.RawMemory;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.softcpu.isa.Decoder;
import org.jvmm.softcpu.isa.Disassembler;
import org.jvmm.softcpu.isa.Insn;
import org.jvmm.softcpu.isa.Mode;
import org.jvmm.softcpu.isa.UndefinedOpcode;
import org.jvmm.softcpu.mmu.PhysicalMemory;

/** What is told about a vCPU that cannot go on: why, at which instruction, with which registers. */
final class SoftReport {
  private static final int BYTES = 15;

  private final Cpu cpu;
  private final PhysicalMemory memory;

  SoftReport(Cpu cpu, PhysicalMemory memory) {
    this.cpu = cpu;
    this.memory = memory;
  }

  String describe(CpuState state, VcpuExit exit) {
    return "vCPU %d: %s%ncode at RIP: %s%n%s"
        .formatted(cpu.id, exit.detail(), code(), state)
        .stripTrailing();
  }

  private String code() {
    StringBuilder bytes = new StringBuilder();
    for (int i = 0; i < BYTES; i++) {
      int value = at(i);
      if (value < 0) {
        break;
      }
      bytes.append("%02x ".formatted(value));
    }
    if (bytes.length() == 0) {
      return "no memory there";
    }
    return "%s(%s)".formatted(bytes, text());
  }

  private String text() {
    try {
      Insn insn = new Decoder().decode(i -> Math.max(at(i), 0), cpu.mode, 0);
      return Disassembler.intel(insn, cpu.rip);
    } catch (UndefinedOpcode undefined) {
      return "undefined";
    }
  }

  /** A byte at an offset from RIP, or -1 where it cannot be fetched. */
  private int at(int offset) {
    long linear = cpu.codeBase + cpu.rip + offset;
    try {
      long physical = cpu.mmu.fetch(cpu.in(Mode.CODE64) ? linear : linear & 0xffffffffL);
      long host = memory.hostForRead(physical);
      return host == 0 ? -1 : RawMemory.getByte(host) & 0xff;
    } catch (GuestFault unmapped) {
      return -1;
    }
  }
}
