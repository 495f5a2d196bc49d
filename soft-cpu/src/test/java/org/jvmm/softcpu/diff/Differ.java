package org.jvmm.softcpu.diff;

import static org.jvmm.softcpu.diff.HostCode.FLAGS;
import static org.jvmm.softcpu.diff.HostCode.GPRS;
import static org.jvmm.softcpu.diff.HostCode.MAX;
import static org.jvmm.softcpu.diff.HostCode.MEMORY;
import static org.jvmm.softcpu.diff.HostCode.PAIR;
import static org.jvmm.softcpu.diff.HostCode.RECORD;
import static org.jvmm.softcpu.diff.HostCode.RECORDS;
import static org.jvmm.softcpu.diff.HostCode.WINDOW;
import static org.jvmm.softcpu.diff.HostCode.WINDOW_SIZE;

import java.util.HexFormat;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jvmm.core.mem.RawMemory;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.softcpu.isa.Decoder;
import org.jvmm.softcpu.isa.Encoder;
import org.jvmm.softcpu.isa.Insn;
import org.jvmm.softcpu.isa.Mode;
import org.jvmm.softcpu.isa.Op;
import org.jvmm.softcpu.isa.Operand;
import org.jvmm.softcpu.isa.UndefinedOpcode;

/** Runs instructions on the soft CPU and on the host and compares the states that they leave. */
final class Differ implements AutoCloseable {
  private static final int MODE = Mode.CODE64 | Mode.PROTECTED | Mode.LONG | Mode.USER;

  /** Names every instruction before it runs: the last is the one that the host died of. */
  private static final boolean TRACE = Boolean.getBoolean("diff.trace");

  private static final int MAX_REPORTED = 3;
  private static final int MAX_MNEMONICS = 40;

  private final HostCode host = new HostCode();
  private final SoftCode soft = new SoftCode();
  private final Decoder decoder = new Decoder();
  private final Encoder encoder;
  private final States states;
  private final Map<String, Integer> byMnemonic = new TreeMap<>();
  private final Map<String, Integer> faultsByMnemonic = new TreeMap<>();
  private final StringBuilder text = new StringBuilder();

  /**
   * Cases compared; those that the soft CPU faulted at, which the host does not run; those with a
   * difference, or a fault other than #DE.
   */
  long compared;

  long faulted;
  long differences;

  Differ(SplittableRandom random) {
    encoder = new Encoder(random, States.OPERAND);
    states = new States(random);
  }

  /** Whether the harness can make operands for a row. */
  static boolean operandsFit(Op op) {
    for (Operand operand : op.operands) {
      switch (operand.place()) {
        case SEGMENT, CONTROL, DEBUG, FAR, REL -> {
          return false;
        }
        default -> {}
      }
    }
    return true;
  }

  /** One encoding of a row with many states. */
  void run(Op op) {
    byte[] code = encoder.encode(op);
    Insn in = decode(code, op);
    if (in == null) {
      return;
    }
    soft.instruction(code, host.slot);
    host.instruction(code);
    int count = 0;
    for (int i = 0; i < MAX; i++) {
      long record = RECORDS + (long) count * PAIR;
      states.fill(record, in);
      soft.load(record);
      if (soft.run(host.slot, code.length)) {
        soft.store(count);
        count++;
      } else {
        faulted++;
        faultsByMnemonic.merge(op.mnemonic + "#" + soft.fault(), 1, Integer::sum);
        differences += soft.fault() == GuestFault.DE ? 0 : 1;
      }
    }
    if (TRACE) {
      System.out.println(HexFormat.of().formatHex(code) + "  " + in);
    }
    if (count > 0) {
      host.run(count);
    }
    for (int i = 0; i < count; i++) {
      compare(in, code, RECORDS + (long) i * PAIR, i);
    }
    compared += count;
  }

  /** Null if the bytes are another instruction, or one that would use RSP in an unruly way. */
  private Insn decode(byte[] code, Op op) {
    try {
      Insn in = decoder.decode(i -> i < code.length ? code[i] & 0xff : 0x90, MODE, 0);
      if (in.op != op || in.length != code.length) {
        return null;
      }
      for (int i = 0; i < op.operands.size() && i < 3; i++) {
        boolean high = i == 0 && in.dstShift != 0 || i == 1 && in.srcShift != 0;
        if (in.kind(i) == Insn.GPR && in.register(i) == 4 && !high) {
          return null;
        }
      }
      return undefined(in) || bitOffsetIsAddress(in) ? null : in;
    } catch (UndefinedOpcode e) {
      return null;
    }
  }

  /** Results that the manuals leave undefined. */
  private static boolean undefined(Insn in) {
    boolean doubleShift = in.op.mnemonic.equals("shld") || in.op.mnemonic.equals("shrd");
    return in.operandSize == 2 && (in.op.mnemonic.equals("bswap") || doubleShift);
  }

  /** BT and its relatives, when the bit's number is in a register of the address too. */
  private static boolean bitOffsetIsAddress(Insn in) {
    return in.op.mnemonic.startsWith("bt")
        && in.memory == 0
        && in.kind(1) == Insn.GPR
        && (in.src == 3 || in.src == 6 || in.src == 7);
  }

  private void compare(Insn in, byte[] code, long record, int index) {
    StringBuilder found = null;
    long result = record + RECORD;
    for (int at = 0; at < MEMORY + WINDOW_SIZE; at += 8) {
      long mask = mask(in, at);
      long h = RawMemory.getLong(result + at) & mask;
      long s = soft.result(index, at) & mask;
      if (h != s) {
        found = found == null ? new StringBuilder() : found;
        found.append(
            "    %s: host %016x soft %016x was %016x%n"
                .formatted(place(at), h, s, RawMemory.getLong(record + at)));
      }
    }
    if (found != null) {
      differences++;
      int seen = byMnemonic.merge(in.op.mnemonic, 1, Integer::sum);
      if (seen <= MAX_REPORTED && byMnemonic.size() <= MAX_MNEMONICS) {
        text.append("  %s  %s\n".formatted(HexFormat.of().formatHex(code), in)).append(found);
        text.append(
            "    mxcsr %04x fcw %04x fsw %04x ftw %02x flags %x rax %x rcx %x rdx %x\n"
                .formatted(
                    RawMemory.getInt(record + 24),
                    RawMemory.getShort(record) & 0xffff,
                    RawMemory.getShort(record + 2) & 0xffff,
                    RawMemory.getByte(record + 4) & 0xff,
                    RawMemory.getLong(record + FLAGS),
                    RawMemory.getLong(record + GPRS),
                    RawMemory.getLong(record + GPRS + 8),
                    RawMemory.getLong(record + GPRS + 16)));
      }
    }
  }

  /** The bits to compare of 8 bytes of a result. */
  private static long mask(Insn in, int at) {
    if (at == 0) {
      return 0x0000_00ff_ffff_ffffL; // not the opcode
    } else if (at == 8 || at == 16 || at >= 416 && at < GPRS || at > FLAGS && at < MEMORY) {
      return 0; // the pointers; what is reserved
    } else if (at == 24) {
      return 0xffff_ffffL;
    } else if (at < 160 && (at & 8) != 0) {
      return 0xffff;
    } else if (at == FLAGS) {
      return 0xcd5 & ~in.op.undefinedFlags;
    }
    return -1;
  }

  private static String place(int at) {
    if (at < 32) {
      return at == 0 ? "fcw fsw ftw" : "mxcsr";
    } else if (at < 160) {
      return "st" + (at - 32) / 16 + ((at & 8) == 0 ? " mantissa" : " exponent");
    } else if (at < 416) {
      return "xmm" + (at - 160) / 16 + ((at & 8) == 0 ? " low" : " high");
    } else if (at < FLAGS) {
      return "gpr" + (at - GPRS) / 8;
    }
    return at == FLAGS ? "flags" : "memory %x".formatted(WINDOW + at - MEMORY);
  }

  /** What was found so far. */
  String report() {
    return "%d compared, %d faulted, %d differences %s%nfaults %s%n%s"
        .formatted(compared, faulted, differences, byMnemonic, faultsByMnemonic, text);
  }

  @Override
  public void close() {
    soft.close();
  }
}
