package org.jvmm.softcpu.fpu;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Executes encoded x87 instructions (escape byte and ModR/M) over an {@link X87} with a small
 * operand memory, as a CPU would.
 */
final class X87Machine {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  final X87 fpu = new X87();
  final byte[] memory = new byte[32];
  int eflags;

  private long read(int bytes) {
    long value = (long) LONG.get(memory, 0);
    int unused = 64 - 8 * bytes;
    return value << unused >> unused;
  }

  private void write(int bytes) {
    long value = fpu.store.low;
    for (int i = 0; i < Math.min(bytes, 8); i++) {
      memory[i] = (byte) (value >>> 8 * i);
    }
    if (bytes == 10) {
      memory[8] = (byte) fpu.store.high;
      memory[9] = (byte) (fpu.store.high >> 8);
    }
  }

  private int high() {
    return memory[8] & 0xFF | (memory[9] & 0xFF) << 8;
  }

  private void store(boolean write, int bytes, boolean pop) {
    if (write) {
      write(bytes);
    }
    fpu.store.commit(pop);
  }

  void execute(int escape, int modrm) {
    int reg = modrm >> 3 & 7;
    if (modrm < 0xC0) {
      memoryForm(escape, reg);
    } else {
      registerForm(escape, reg, modrm & 7, modrm);
    }
  }

  private void memoryForm(int escape, int reg) {
    switch (escape) {
      case 0xD8 -> fpu.arithmeticFloat32(reg, (int) read(4));
      case 0xDC -> fpu.arithmeticFloat64(reg, read(8));
      case 0xDA -> fpu.arithmeticInteger(reg, (int) read(4));
      case 0xDE -> fpu.arithmeticInteger(reg, (int) read(2));
      case 0xD9 -> memoryD9(reg);
      case 0xDB -> memoryDb(reg);
      case 0xDD -> memoryDd(reg);
      default -> memoryDf(reg);
    }
  }

  private void memoryD9(int reg) {
    switch (reg) {
      case 0 -> fpu.loadFloat32((int) read(4));
      case 2, 3 -> store(fpu.store.prepareFloat32(), 4, reg == 3);
      case 5 -> fpu.state.setControlWord((int) read(2));
      case 6 -> X87Image.storeEnvironment(fpu.state, memory, 0, X87Image.Layout.PROTECTED_32);
      default -> {
        fpu.store.low = fpu.state.controlWord();
        write(2);
      }
    }
  }

  private void memoryDb(int reg) {
    switch (reg) {
      case 0 -> fpu.loadInteger(read(4));
      case 1 -> store(fpu.store.prepareInteger(32, true), 4, true);
      case 2, 3 -> store(fpu.store.prepareInteger(32, false), 4, reg == 3);
      case 5 -> fpu.loadFloat80(high(), read(8));
      default -> store(fpu.store.prepareFloat80(), 10, true);
    }
  }

  private void memoryDd(int reg) {
    switch (reg) {
      case 0 -> fpu.loadFloat64(read(8));
      case 1 -> store(fpu.store.prepareInteger(64, true), 8, true);
      case 2, 3 -> store(fpu.store.prepareFloat64(), 8, reg == 3);
      default -> {
        fpu.store.low = fpu.state.statusWord();
        write(2);
      }
    }
  }

  private void memoryDf(int reg) {
    switch (reg) {
      case 0 -> fpu.loadInteger(read(2));
      case 1 -> store(fpu.store.prepareInteger(16, true), 2, true);
      case 2, 3 -> store(fpu.store.prepareInteger(16, false), 2, reg == 3);
      case 4 -> fpu.loadBcd(read(8), high());
      case 5 -> fpu.loadInteger(read(8));
      case 6 -> store(fpu.store.prepareBcd(), 10, true);
      default -> store(fpu.store.prepareInteger(64, false), 8, true);
    }
  }

  private void registerForm(int escape, int reg, int i, int modrm) {
    switch (escape) {
      case 0xD8 -> fpu.arithmeticSt0(reg, i);
      case 0xDC -> fpu.arithmeticSti(reg, i, false);
      case 0xDE -> {
        if (modrm == 0xD9) {
          fpu.compareSt(1, 2, false);
        } else {
          fpu.arithmeticSti(reg, i, true);
        }
      }
      case 0xDA -> {
        if (modrm == 0xE9) {
          fpu.compareSt(1, 2, true);
        } else {
          fpu.conditionalMove(i, condition(reg));
        }
      }
      case 0xDB -> registerDb(reg, i);
      case 0xDD -> registerDd(reg, i);
      case 0xDF -> registerDf(reg, i);
      default -> registerD9(reg, i, modrm);
    }
  }

  private boolean condition(int reg) {
    int mask = new int[] {1, 0x40, 0x41, 4}[reg & 3];
    return (eflags & mask) != 0;
  }

  private void registerDb(int reg, int i) {
    if (reg < 4) {
      fpu.conditionalMove(i, !condition(reg));
    } else if (reg == 4 && i == 2) {
      fpu.state.clearExceptions();
    } else if (reg == 4) {
      fpu.state.init();
    } else {
      compareFlags(i, reg == 5, false);
    }
  }

  private void compareFlags(int i, boolean quiet, boolean pop) {
    int flags = fpu.compareFlags(i, quiet, pop);
    eflags = eflags & ~0x8D5 | flags;
  }

  private void registerDd(int reg, int i) {
    switch (reg) {
      case 0 -> fpu.free(i, false);
      case 2, 3 -> fpu.storeSt(i, reg == 3);
      default -> fpu.compareSt(i, reg - 4, true);
    }
  }

  private void registerDf(int reg, int i) {
    if (reg == 0) {
      fpu.free(i, true);
    } else {
      compareFlags(i, reg == 5, true);
    }
  }

  private void registerD9(int reg, int i, int modrm) {
    if (reg == 0) {
      fpu.loadSt(i);
    } else if (reg == 1) {
      fpu.exchange(i);
    } else if (reg == 5) {
      fpu.loadConstant(i);
    } else {
      unary(modrm);
    }
  }

  private void unary(int modrm) {
    switch (modrm) {
      case 0xE0 -> fpu.changeSign();
      case 0xE1 -> fpu.absolute();
      case 0xE4 -> fpu.test();
      case 0xE5 -> fpu.examine();
      case 0xF0 -> fpu.exp2Minus1();
      case 0xF1 -> fpu.yLog2X();
      case 0xF2 -> fpu.tangent();
      case 0xF3 -> fpu.arcTangent();
      case 0xF4 -> fpu.extract();
      case 0xF5 -> fpu.partialRemainder(true);
      case 0xF6 -> fpu.rotate(-1);
      case 0xF7 -> fpu.rotate(1);
      case 0xF8 -> fpu.partialRemainder(false);
      case 0xF9 -> fpu.yLog2XPlus1();
      case 0xFA -> fpu.squareRoot();
      case 0xFB -> fpu.sineCosine();
      case 0xFC -> fpu.roundToInteger();
      case 0xFD -> fpu.scale();
      case 0xFE -> fpu.sine();
      case 0xFF -> fpu.cosine();
      default -> {} // FNOP
    }
  }
}
