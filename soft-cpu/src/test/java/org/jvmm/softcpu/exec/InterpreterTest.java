package org.jvmm.softcpu.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.cpu.PendingIo;
import org.jvmm.softcpu.fault.GuestFault;

final class InterpreterTest {
  @Test
  void a32BitResultClearsTheUpperHalf() {
    try (var c = new FlatCpu(64)) {
      c.cpu.gpr[0] = -1;
      c.run(1, "83c0 01"); // add eax, 1
      assertEquals(0, c.cpu.gpr[0]);
      assertTrue(Flags.carry(c.cpu) && Flags.zero(c.cpu) && Flags.adjust(c.cpu));
      assertFalse(Flags.overflow(c.cpu));
    }
  }

  @Test
  void subtractionSetsBorrowAndOverflow() {
    try (var c = new FlatCpu(32)) {
      c.cpu.gpr[0] = 0x80000000L;
      c.run(1, "83e8 01"); // sub eax, 1
      assertEquals(0x7fffffff, c.cpu.gpr[0]);
      assertTrue(Flags.overflow(c.cpu) && Flags.parity(c.cpu));
      assertFalse(Flags.carry(c.cpu) || Flags.sign(c.cpu));
    }
  }

  @Test
  void aLoopStopsAtTheExactInstruction() {
    try (var c = new FlatCpu(32)) {
      c.run(100, "40 ebfd"); // inc eax; jmp
      assertEquals(50, c.cpu.gpr[0]);
      c.go(1);
      assertEquals(51, c.cpu.gpr[0]);
      assertEquals(FlatCpu.CODE + 1, c.cpu.rip);
    }
  }

  @Test
  void callAndReturnKeepTheStackEven() {
    try (var c = new FlatCpu(64)) {
      c.run(3, "e801000000 90 c3"); // call +1; nop; ret
      assertEquals(FlatCpu.STACK, c.cpu.gpr[4]);
      assertEquals(FlatCpu.CODE + 6, c.cpu.rip);
    }
  }

  @Test
  void codeThatChangesTheNextInstructionRunsTheNewOne() {
    try (var c = new FlatCpu(32)) {
      // mov byte [CODE+7], 0x43 (inc ebx); inc eax
      c.run(2, "c605 07100000 43 40");
      assertEquals(0, c.cpu.gpr[0]);
      assertEquals(1, c.cpu.gpr[3]);
    }
  }

  @Test
  void aRepeatedOutOfMoreThanHalfOfAllNumbersLeavesInPieces() {
    try (var c = new FlatCpu(64)) {
      c.cpu.gpr[1] = 1L << 63 | PendingIo.MAX_ITEMS + 1;
      c.cpu.gpr[6] = 0x10000;
      c.run(1, "f36e"); // rep outsb
      assertEquals(ExitReason.IO_OUT, c.cpu.io.reason());
      assertEquals(PendingIo.MAX_ITEMS, c.cpu.io.count());
    }
  }

  @Test
  void aRepeatedMoveCopiesOverPages() {
    try (var c = new FlatCpu(32)) {
      byte[] data = new byte[9000];
      for (int i = 0; i < data.length; i++) {
        data[i] = (byte) (i * 7);
      }
      c.map.memory().copyIn(0x10123, data);
      c.cpu.gpr[1] = data.length;
      c.cpu.gpr[6] = 0x10123;
      c.cpu.gpr[7] = 0x20ffe;
      c.run(1, "f3a4");
      byte[] copy = new byte[data.length];
      c.map.memory().copyOut(0x20ffe, copy, 0, copy.length);
      assertEquals(0, java.util.Arrays.compare(data, copy));
      assertEquals(0, c.cpu.gpr[1]);
      assertEquals(0x20ffe + data.length, c.cpu.gpr[7]);
    }
  }

  @Test
  void divisionByZeroFaultsAtTheInstruction() {
    try (var c = new FlatCpu(32)) {
      c.run(2, "40 f7f1"); // inc eax; div ecx
      assertEquals(GuestFault.DE, c.fault);
      assertEquals(FlatCpu.CODE + 1, c.cpu.rip);
      assertEquals(1, c.cpu.gpr[0]);
    }
  }
}
