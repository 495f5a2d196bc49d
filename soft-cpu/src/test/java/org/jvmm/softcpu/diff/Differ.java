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

import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jvmm.core.mem.RawMemory;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.softcpu.isa.Insn;
import org.jvmm.softcpu.isa.Op;

/** Runs instructions on the soft CPU and on the host and compares the states that they leave. */
final class Differ implements AutoCloseable {
  /** Names every instruction before it runs: the last is the one that the host died of. */
  private static final boolean TRACE = Boolean.getBoolean("diff.trace");

  private static final int MAX_REPORTED = 3;
  private static final int MAX_MNEMONICS = 40;

  /** Behind a branch, which may skip it: lea ecx, [ecx + 1]. */
  private static final byte[] SKIPPED = {(byte) 0x8d, 0x49, 1};

  /** The faults that an instruction's operands may ask for; others are differences. */
  private static final Map<String, Integer> FAULTS =
      Map.of(
          "div", GuestFault.DE,
          "idiv", GuestFault.DE,
          "aam", GuestFault.DE,
          "bound", GuestFault.BR,
          "into", GuestFault.GP); // there is no interrupt table to take it from

  private final int bits;
  private final HostCode host;
  private final SoftCode soft;
  private final Forms forms;
  private final States states;

  /** Rows of which a case was compared. */
  final Set<Op> seen = new HashSet<>();

  private final Map<String, Integer> byMnemonic = new TreeMap<>();
  private final Map<String, Integer> faultsByMnemonic = new TreeMap<>();
  private final StringBuilder text = new StringBuilder();

  /**
   * Cases compared; those that the soft CPU faulted at, which the host does not run; those with a
   * difference, or a fault that is not the instruction's.
   */
  long compared;

  long faulted;
  long differences;

  /**
   * For a kind of code.
   *
   * @param bits 64, or 32 where {@link HostCode#has32Bits}
   * @param flat whether the soft CPU's segments have no limit
   */
  Differ(SplittableRandom random, int bits, boolean flat) {
    this.bits = bits;
    host = new HostCode(bits);
    soft = new SoftCode(bits, host.selectors, flat);
    forms = new Forms(random, bits, States.OPERAND);
    states = new States(random);
  }

  /** One encoding of a row with many states. */
  void run(Op op) {
    Insn in = forms.next(op);
    if (in == null) {
      return;
    }
    byte[] code = Forms.branches(op) ? withSkipped(forms.code) : forms.code;
    soft.instruction(code, host.slot);
    host.instruction(code);
    int count = 0;
    for (int i = 0; i < MAX; i++) {
      long record = RECORDS + (long) count * PAIR;
      states.fill(record, in, host.slot + code.length);
      soft.load(record);
      if (soft.run(host.slot, code.length)) {
        soft.store(count);
        count++;
      } else {
        faulted++;
        faultsByMnemonic.merge(op.mnemonic + "#" + soft.fault(), 1, Integer::sum);
        differences += FAULTS.getOrDefault(op.mnemonic, -1) == soft.fault() ? 0 : 1;
      }
    }
    if (TRACE) {
      System.out.println(HexFormat.of().formatHex(code) + "  " + in);
    }
    if (count > 0) {
      seen.add(op);
      host.run(count);
    }
    for (int i = 0; i < count; i++) {
      compare(in, code, RECORDS + (long) i * PAIR, i);
    }
    compared += count;
  }

  private static byte[] withSkipped(byte[] branch) {
    byte[] code = Arrays.copyOf(branch, branch.length + SKIPPED.length);
    System.arraycopy(SKIPPED, 0, code, branch.length, SKIPPED.length);
    return code;
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
  private long mask(Insn in, int at) {
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
    if (bits == 32 && at >= GPRS && at < FLAGS) {
      return at < GPRS + 64 ? 0xffff_ffffL : 0; // what a change of modes leaves of the rest
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
    return "%d bits: %d compared, %d faulted, %d differences %s%nfaults %s%n%s"
        .formatted(bits, compared, faulted, differences, byMnemonic, faultsByMnemonic, text);
  }

  @Override
  public void close() {
    soft.close();
  }
}
