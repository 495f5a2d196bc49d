package org.jvmm.bench;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jvmm.core.accel.CpuModel;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.CpuState.Part;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.core.accel.VirtualMachine;
import org.jvmm.core.accel.VmConfig;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.mem.RamAllocator;
import org.jvmm.core.time.HostClock;
import org.jvmm.softcpu.SoftAccelerator;
import org.jvmm.softcpu.SoftVcpu;

/** Prints how many million instructions the CPU in Java executes in a second, loop by loop. */
public final class SoftMips {
  private static final int RAM = 4 << 20, CODE = 0x1000, STACK = 0x8000;
  private static final long INSTRUCTIONS = 100_000_000;
  private static final int ROUNDS = 3;

  /** CPU time, so that what else the host does counts little. */
  private static final ThreadMXBean CPU_TIME = ManagementFactory.getThreadMXBean();

  private SoftMips() {}

  /** Endless 32-bit loops. */
  private static Map<String, String> loops() {
    Map<String, String> loops = new LinkedHashMap<>();
    // add eax,ebx; xor edx,eax; shl eax,3; lea ebx,[ebx+eax+5]; dec ecx; jnz; jmp
    loops.put("registers", "01d8 31c2 c1e003 8d5c0305 49 75f2 ebf0");
    // mov eax,[ecx*4+100000h]; mov [ecx*4+110000h],eax; inc ecx; and ecx,3fffh; jmp
    loops.put("memory", "8b048d00001000 89048d00001100 41 81e1ff3f0000 ebe9");
    // call; jmp; inc eax; ret
    loops.put("calls", "e802000000 ebf9 40 c3");
    // mov edx,eax; imul edx,ebx; mov esi,edx; shr esi,16; add edi,esi; cmp edi,esi; setb al; movzx
    // eax,al;
    // add eax,edi; adc ebp,0; sub edx,esi; lea ecx,[ecx+edx]; jmp
    loops.put(
        "multiply", "89c2 0fafd3 89d6 c1ee10 01f7 39f7 0f92c0 0fb6c0 01f8 83d500 29f2 8d0c11 ebe0");
    return loops;
  }

  public static void main(String[] args) {
    loops().forEach((name, code) -> System.out.printf("%-10s %6.1f MIPS%n", name, mips(code)));
  }

  private static double mips(String code) {
    try (HostClock clock = new HostClock();
        MemoryMap map = new MemoryMap()) {
      map.map(new MemorySlot("ram", 0, RAM, RamAllocator.HEAP.allocate("ram", RAM), 0, true));
      map.memory().copyIn(CODE, HexFormat.of().parseHex(code.replace(" ", "")));
      VmConfig config = new VmConfig(1, CpuModel.HOST, IrqchipMode.USER, map, clock, Map.of());
      try (VirtualMachine vm = new SoftAccelerator().createVm(config);
          SoftVcpu vcpu = (SoftVcpu) vm.createVcpu(0)) {
        start(vcpu);
        double best = 0;
        for (int i = 0; i < ROUNDS; i++) {
          vcpu.stopAt(vcpu.instructions() + INSTRUCTIONS);
          long begin = CPU_TIME.getCurrentThreadCpuTime();
          vcpu.run();
          best = Math.max(best, INSTRUCTIONS * 1e3 / (CPU_TIME.getCurrentThreadCpuTime() - begin));
        }
        return best;
      }
    }
  }

  private static void start(SoftVcpu vcpu) {
    CpuState state = new CpuState();
    EnumSet<Part> parts = EnumSet.of(Part.GENERAL, Part.SYSTEM);
    vcpu.save(state, parts);
    state.cr0 = 0x11;
    for (int i = CpuState.ES; i <= CpuState.GS; i++) {
      boolean code = i == CpuState.CS;
      state.segments[i].set(code ? 8 : 16, 0, -1, code ? 0xc9b : 0xc93, false);
    }
    state.rip = CODE;
    state.gpr[CpuState.RSP] = STACK;
    vcpu.restore(state, parts);
  }
}
