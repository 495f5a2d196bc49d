package org.jvmm.bench.lockstep;

import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.CpuState.Segment;
import org.jvmm.core.mem.GuestMemory;

/**
 * A guest that is nothing but bytes in RAM, started in ring 0 without paging. It has no devices:
 * what it reads from ports and from where no RAM is, the tool invents.
 *
 * @param code what lies at {@code address} and is started there
 * @param bits 16 for real mode, 32 for flat protected mode
 * @param ram bytes of RAM, from address 0
 */
public record FlatGuest(byte[] code, int address, int bits, int ram) {
  /** Checks that the code lies in RAM, and in reach of its mode. */
  public FlatGuest {
    if (bits != 16 && bits != 32) {
      throw new IllegalArgumentException("guests start with 16 or 32 bits, not " + bits);
    }
    if (address < 0 || address > ram - code.length || bits == 16 && address > 0xffff) {
      throw new IllegalArgumentException(
          "%d bytes at %#x do not fit %d bytes of RAM".formatted(code.length, address, ram));
    }
  }

  /** Fills a state that was saved at power-on, and the memory. */
  void load(CpuState state, GuestMemory memory) {
    memory.copyIn(address, code);
    for (int i = CpuState.ES; i <= CpuState.GS; i++) {
      Segment segment = state.segments[i];
      boolean isCode = i == CpuState.CS;
      if (bits == 32) {
        segment.set(isCode ? 8 : 16, 0, -1, isCode ? 0xc9b : 0xc93, false);
      } else {
        segment.set(0, 0, 0xffff, isCode ? 0x9b : 0x93, false);
      }
    }
    state.cr0 = bits == 32 ? 0x31 : 0x30; // PE, ET, NE
    state.rip = address;
    state.rflags = 2;
    state.gpr[CpuState.RDX] = 0;
    state.gpr[CpuState.RSP] = address;
    state.activity = CpuState.Activity.RUNNING;
  }
}
