package org.jvmm.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.jvmm.testkit.asm.Reg.AL;
import static org.jvmm.testkit.asm.Reg.AX;
import static org.jvmm.testkit.asm.Reg.DX;
import static org.jvmm.testkit.asm.Reg.EAX;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.jvmm.core.accel.Accelerator;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.testkit.asm.Asm;

/**
 * What every accelerator must do, each test with one tiny guest. A subclass names the accelerator,
 * and skips where it cannot run.
 */
@Timeout(30)
public abstract class AcceleratorContract {
  /** A port that nobody else answers. */
  private static final int PORT = 0x2e0;

  /** The accelerator under test. */
  protected abstract Accelerator accelerator();

  /** Where the interrupt controllers are in this run. */
  protected abstract IrqchipMode irqchip();

  private TinyVm tinyVm() {
    return new TinyVm(accelerator(), irqchip(), 1);
  }

  @Test
  void portAccessesOfEachWidthExitWithTheirDataAndTakeTheReply() {
    try (TinyVm vm = tinyVm()) {
      vm.load(
          Asm.bits(16)
              .mov(DX, PORT)
              .inDx(AL)
              .outDx(AL)
              .inDx(AX)
              .outDx(AX)
              .inDx(EAX)
              .outDx(EAX)
              .hlt());
      for (int size = 1; size <= 4; size *= 2) {
        long value = 0x8182_8384L >>> (32 - 8 * size);
        VcpuExit in = vm.run();
        assertEquals(ExitReason.IO_IN, in.reason());
        assertEquals(PORT, in.port());
        assertEquals(size, in.size());
        assertEquals(1, in.count());
        in.reply(0, value);
        VcpuExit out = vm.run();
        assertEquals(ExitReason.IO_OUT, out.reason());
        assertEquals(size, out.size());
        assertEquals(value, out.data(0));
      }
    }
  }
}
