package org.jvmm.softcpu.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.jvmm.softcpu.sys.Guest.CODE;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.mem.RamAllocator;
import org.jvmm.softcpu.SoftAccelerator;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.testkit.TinyVm;
import org.jvmm.testkit.asm.Asm;
import org.jvmm.testkit.asm.Cond;
import org.jvmm.testkit.asm.Label;
import org.jvmm.testkit.asm.Mem;
import org.jvmm.testkit.asm.Reg;

/**
 * Code that is written is run as written, from the next instruction on (SDM vol. 3 section 8.1.3).
 */
class SelfModifyingTest {
  private static final int INC_EAX = 0x40, INC_ECX = 0x41, HLT = 0xf4, RET = 0xc3;

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 60})
  void aStoreIsSeenByTheInstructionsBehindIt(int distance) {
    try (Guest g = Guest.flat()) {
      // mov byte [target], inc ecx; nops; target: inc eax; hlt
      int target = CODE + 7 + distance;
      int[] nops = new int[distance];
      Arrays.fill(nops, 0x90);
      g.code(a -> a.mov(Mem.at(target).byte_(), INC_ECX).db(nops).db(INC_EAX, HLT)).run();
      assertEquals(0, g.state.gpr[0]);
      assertEquals(1, g.state.gpr[1]);
    }
  }

  @Test
  void aLoopThatChangesItselfRunsEachForm() {
    try (Guest g = Guest.flat()) {
      g.code(
          a -> {
            a.mov(Reg.EDX, 100);
            Label again = a.here();
            int at = (int) a.address();
            a.db(INC_EAX).xor(Mem.at(at).byte_(), INC_EAX ^ INC_ECX).dec(Reg.EDX);
            a.jcc(Cond.NE, again).db(HLT);
          });
      g.run();
      assertEquals(50, g.state.gpr[0]);
      assertEquals(50, g.state.gpr[1]);
    }
  }

  @Test
  void aRepeatedStoreThatOverwritesWhatFollowsIsSeenBehindIt() {
    try (Guest g = Guest.flat()) {
      g.with(s -> s.gpr[0] = INC_ECX).with(s -> s.gpr[7] = CODE + 2).with(s -> s.gpr[1] = 3);
      g.code(0xf3, 0xaa, INC_EAX, INC_EAX, INC_EAX, HLT).run(); // rep stosb
      assertEquals(INC_ECX, g.state.gpr[0]);
      assertEquals(3, g.state.gpr[1]);
    }
  }

  @Test
  void aRepeatedStoreThatOverwritesItselfEndsThere() {
    try (Guest g = Guest.flat()) {
      // The first iteration makes an INC EAX of the prefix: STOSB alone follows, then what is
      // there.
      g.with(s -> s.gpr[0] = INC_EAX).with(s -> s.gpr[7] = CODE).with(s -> s.gpr[1] = 10);
      g.code(0xf3, 0xaa, HLT).run();
      assertEquals(9, g.state.gpr[1]);
      assertEquals(INC_EAX + 1, g.state.gpr[0]);
      assertEquals(INC_EAX + 1, g.memory().read8(CODE + 1));
    }
  }

  @Test
  void anInstructionOverAPagesEndIsExactOnBothPages() {
    try (Guest g = Guest.flat()) {
      int at = 0x2ffe; // mov eax, imm32 with three bytes on the second page
      g.memory().copyIn(at, new byte[] {(byte) 0xb8, 1, 0, 0, 0, (byte) RET});
      g.code(
              a ->
                  a.mov(Reg.EDX, at)
                      .call(Reg.EDX)
                      .mov(Reg.EBX, Reg.EAX)
                      .mov(Mem.at(0x3000).byte_(), 1) // on the second page
                      .call(Reg.EDX)
                      .mov(Reg.ESI, Reg.EAX)
                      .mov(Mem.at(0x2fff).byte_(), 2) // on the first
                      .call(Reg.EDX)
                      .hlt())
          .run();
      assertEquals(1, g.state.gpr[3]);
      assertEquals(0x101, g.state.gpr[6]);
      assertEquals(0x102, g.state.gpr[0]);
    }
  }

  @Test
  void aWriteThroughAnotherLinearAddressIsSeen() {
    try (Guest g = Guest.wide()) {
      // 2 MiB and up are the same memory once more.
      g.memory().write64(TinyVm.PAGE_TABLES + 0x2008, 0x87);
      g.memory().copyIn(0x2000, new byte[] {(byte) 0xff, (byte) 0xc0, (byte) RET}); // inc eax
      g.code(
              a ->
                  a.mov(Reg.RDX, 0x2000)
                      .call(Reg.RDX)
                      .mov(Reg.RBX, 0x20_2001)
                      .mov(Mem.at(Reg.RBX).byte_(), 0xc1) // inc ecx
                      .call(Reg.RDX)
                      .hlt())
          .run();
      assertEquals(1, g.state.gpr[0]);
      assertEquals(1, g.state.gpr[1]);
    }
  }

  @Test
  void aDeviceThatWritesMemoryIsSeenByTheNextInstruction() {
    try (Guest g = Guest.flat()) {
      g.code(0xe6, 0x80, INC_EAX, HLT).expect(ExitReason.IO_OUT);
      g.memory().write8(CODE + 2, INC_ECX); // as a device would while it handles the OUT
      g.resume();
      assertEquals(0, g.state.gpr[0]);
      assertEquals(1, g.state.gpr[1]);
    }
  }

  @Test
  void aDeviceReplacesCodeThatRanBefore() {
    try (Guest g = Guest.flat()) {
      g.memory().copyIn(0x2000, new byte[] {INC_EAX, (byte) RET});
      g.code(a -> a.mov(Reg.EDX, 0x2000).call(Reg.EDX).out(0x80, Reg.AL).call(Reg.EDX).hlt());
      g.expect(ExitReason.IO_OUT);
      g.memory().copyIn(0x2000, new byte[] {INC_ECX, (byte) RET});
      g.resume();
      assertEquals(1, g.state.gpr[0]);
      assertEquals(1, g.state.gpr[1]);
    }
  }

  @Test
  void memoryThatIsPluggedInIsSeenByAnInstructionThatReachesIntoIt() {
    try (Guest g = Guest.flat()) {
      int end = TinyVm.RAM; // mov eax, imm32 with its immediate behind the memory's end
      g.memory().write8(end - 1, 0xb8);
      g.with(s -> s.rip = end - 1).run().expectVector(GuestFault.UD);
      assertEquals(0xffffffffL, g.state.gpr[0]);
      var more = RamAllocator.HEAP.allocate("more", 4096);
      g.vm.map().map(new MemorySlot("more", end, 4096, more, 0, true));
      g.memory().copyIn(end, new byte[] {1, 0, 0, 0, (byte) HLT});
      g.with(s -> s.rip = end - 1).run();
      assertEquals(1, g.state.gpr[0]);
    }
  }

  @Test
  void anotherVcpusWriteIsSeen() {
    try (TinyVm vm = new TinyVm(new SoftAccelerator(), IrqchipMode.USER, 2)) {
      // Both run the same routine; the second vCPU changes it in between.
      vm.memory().copyIn(0x2000, new byte[] {INC_EAX, (byte) RET});
      Asm first = Asm.bits(16).org(CODE);
      first.mov(Reg.DX, 0x2000).call(Reg.DX).out(0x80, Reg.AL).call(Reg.DX).out(0x81, Reg.AL);
      Asm second = Asm.bits(16).org(0x3000);
      second
          .mov(Reg.DX, 0x2000)
          .call(Reg.DX)
          .mov(Mem.at(0x2000).byte_(), INC_ECX)
          .out(0x82, Reg.AL);
      vm.memory().copyIn(0x1000, first.assemble());
      vm.memory().copyIn(0x3000, second.assemble());
      TinyVm.startReal(vm.vcpu(0), 0x1000);
      TinyVm.startReal(vm.vcpu(1), 0x3000);
      assertEquals(0x80, TinyVm.run(vm.vcpu(0)).port());
      assertEquals(0x82, TinyVm.run(vm.vcpu(1)).port());
      assertEquals(0x81, TinyVm.run(vm.vcpu(0)).port());
      vm.vcpu(0).kick();
      vm.vcpu(0).run();
      CpuState state = vm.state();
      assertEquals(1, state.gpr[0]);
      assertEquals(1, state.gpr[1] & 0xffff);
    }
  }

  @Test
  void theStackMayHoldTheCode() {
    try (Guest g = Guest.flat()) {
      // push imm32 writes INC ECX, RET over what was called just before
      g.with(s -> s.gpr[CpuState.RSP] = 0x2100);
      g.code(
              a ->
                  a.push(INC_EAX | RET << 8)
                      .mov(Reg.EDX, Reg.ESP)
                      .call(Reg.EDX)
                      .pop(Reg.EBX)
                      .push(INC_ECX | RET << 8)
                      .call(Reg.EDX)
                      .hlt())
          .run();
      assertEquals(1, g.state.gpr[0]);
      assertEquals(1, g.state.gpr[1]);
    }
  }
}
