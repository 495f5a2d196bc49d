package org.jvmm.softcpu.sys;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.isa.Encoder;
import org.jvmm.softcpu.isa.Op;
import org.jvmm.softcpu.isa.OpTable;

/**
 * Guests that execute garbage: whatever the bytes, the tables and the registers, the CPU goes on,
 * or ends in a shutdown, and never in an exception of Java. Property: {@code garbage.seed}.
 */
@Timeout(60)
class GarbageTest {
  private static final int GUESTS = 400, EXITS = 60, INSTRUCTIONS = 2_000, BYTES = 2048;

  /** Where guests like to write: tables, stacks, page tables, the code. */
  private static final int[] PLACES = {
    Guest.CODE, Guest.GDT, Guest.IDT, Guest.TSS, Guest.LDT, Guest.DATA, Guest.STACK0, 0x7_0000
  };

  @ParameterizedTest
  @CsvSource({"16, 0", "16, 3", "32, 0", "32, 3", "64, 0", "64, 3"})
  void garbageNeverBreaksTheHost(int bits, int ring) {
    long seed = Long.getLong("garbage.seed", System.nanoTime());
    for (int i = 0; i < GUESTS; i++) {
      SplittableRandom random = new SplittableRandom(seed + i);
      try (Guest g = guest(bits, ring, random)) {
        run(g, random);
      } catch (RuntimeException | AssertionError | StackOverflowError e) {
        fail("bits %d ring %d -Dgarbage.seed=%d".formatted(bits, ring, seed + i), e);
      }
    }
  }

  private static Guest guest(int bits, int ring, SplittableRandom random) {
    Guest g = bits == 16 ? Guest.real() : bits == 32 ? Guest.flat() : Guest.wide();
    if (ring == 3 && bits == 16) {
      g.close();
      g = Guest.flat(); // virtual-8086 mode
      g.state.rflags |= Flags.VM;
      for (int i = CpuState.ES; i <= CpuState.GS; i++) {
        g.state.segments[i].set(0, 0, 0xffff, 0xf3, false);
      }
    } else if (ring == 3) {
      g.ring(3);
    }
    g.memory()
        .copyIn(Guest.CODE, random.nextBoolean() ? bytes(random) : instructions(random, bits));
    for (int i = random.nextInt(20); i > 0; i--) {
      int place = PLACES[random.nextInt(PLACES.length)] + 8 * random.nextInt(64);
      g.memory().write64(place, random.nextLong() >>> random.nextInt(64));
    }
    for (int i = 0; i < 16; i++) {
      g.state.gpr[i] = register(random);
    }
    g.state.gpr[CpuState.RSP] = Guest.STACK;
    g.state.rflags |= random.nextInt() & 0x257fd5;
    if (bits == 16) {
      g.state.rflags = g.state.rflags & ~(ring == 3 ? 0 : Flags.VM) | (ring == 3 ? Flags.VM : 0);
    } else {
      g.state.rflags &= ~Flags.VM;
    }
    g.state.cr4 |= random.nextInt() & (bits == 64 ? 0x3f0fdf : 0x300fdf) & ~(1 << 5);
    g.state.dr[7] = random.nextInt(4) == 0 ? 0x400 | random.nextInt() & 0xffff00ffL : 0x400;
    g.state.dr[0] = Guest.CODE + random.nextInt(64);
    return g;
  }

  private static long register(SplittableRandom random) {
    return switch (random.nextInt(4)) {
      case 0 -> random.nextLong();
      case 1 -> random.nextInt(256);
      case 2 -> random.nextInt(0x12) << 3 | random.nextInt(4); // a selector
      default -> PLACES[random.nextInt(PLACES.length)] + random.nextInt(512);
    };
  }

  private static byte[] bytes(SplittableRandom random) {
    byte[] code = new byte[BYTES];
    random.nextBytes(code);
    return code;
  }

  /** Rows of the table, system instructions among them, in their order or not. */
  private static byte[] instructions(SplittableRandom random, int bits) {
    Encoder encoder = new Encoder(random, bits == 64, Guest.DATA);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    List<Op> rows = OpTable.rows();
    while (out.size() < BYTES) {
      out.writeBytes(encoder.encode(rows.get(random.nextInt(rows.size()))));
    }
    return out.toByteArray();
  }

  private static void run(Guest g, SplittableRandom random) {
    g.restore();
    long end = g.vcpu().instructions() + INSTRUCTIONS;
    g.vcpu().stopAt(end);
    for (int i = 0; i < EXITS && g.vcpu().instructions() < end; i++) {
      VcpuExit exit = g.vm.run();
      if (exit.reason() == ExitReason.SHUTDOWN) {
        break;
      }
      if (exit.reason() == ExitReason.IO_IN || exit.reason() == ExitReason.MMIO_READ) {
        for (int k = 0; k < exit.count(); k++) {
          exit.reply(k, random.nextLong());
        }
      } else if (exit.reason() == ExitReason.HALTED) {
        g.vcpu().nmi();
      }
    }
  }
}
