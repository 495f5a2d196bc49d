package org.jvmm.softcpu.exec;

import java.util.ArrayList;
import java.util.List;
import org.jvmm.core.mem.RawMemory;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.softcpu.isa.CodeBytes;
import org.jvmm.softcpu.isa.Decoder;
import org.jvmm.softcpu.isa.Insn;
import org.jvmm.softcpu.isa.Mode;
import org.jvmm.softcpu.isa.Op;
import org.jvmm.softcpu.isa.UndefinedOpcode;
import org.jvmm.softcpu.mmu.PhysicalMemory;

/** Decodes blocks at the vCPU's instruction pointer. */
final class Fetcher implements CodeBytes {
  private static final int MAX_INSNS = 64;

  /** Instructions of a block at most. */
  private int maxInsns = MAX_INSNS;

  private Guard guard = Guard.NONE;

  private final Cpu cpu;
  private final PhysicalMemory memory;
  private final Decoder decoder = new Decoder();
  private final List<Insn> insns = new ArrayList<>();

  /** Linear address of the block, and of the instruction being decoded. */
  private long blockAddress;

  private long insnAddress;
  private long physical;
  private long host;
  private long secondPage;
  private long secondHost;

  Fetcher(Cpu cpu, PhysicalMemory memory) {
    this.cpu = cpu;
    this.memory = memory;
  }

  /** Whether blocks end after their first instruction from now on. */
  void decodeSingly(boolean singly) {
    maxInsns = singly ? 1 : MAX_INSNS;
  }

  /** Asks before certain instructions from now on. */
  void guardBy(Guard newGuard) {
    guard = newGuard;
  }

  /** Linear address of the next instruction, checked against CS. */
  static long linear(Cpu c) {
    if (c.in(Mode.CODE64)) {
      if (!c.mmu.canonical(c.rip)) {
        throw c.gp(0);
      }
      return c.rip;
    }
    if (!withinLimit(c, 1)) {
      throw c.gp(0);
    }
    return c.codeBase + c.rip & 0xffffffffL;
  }

  /** Whether so many bytes at the next instruction are within the limit of CS. */
  static boolean withinLimit(Cpu c, int length) {
    return c.in(Mode.CODE64)
        || Long.compareUnsigned(c.rip + length - 1, c.segments[Cpu.CS].limit & 0xffffffffL) <= 0;
  }

  /**
   * Decodes the block at an address.
   *
   * @param linear of the first byte
   * @param at guest-physical address of the first byte
   */
  Block decode(long linear, long at) {
    blockAddress = linear;
    physical = at;
    host = memory.hostForRead(at);
    secondPage = -1;
    insns.clear();
    int offset = 0;
    while (true) {
      Insn insn = next(offset);
      if (insn == null) {
        break;
      }
      insns.add(insn);
      offset = insn.end;
      if (insn.op.has(Op.END) || insns.size() == maxInsns || secondPage >= 0) {
        break;
      }
      if (((at & PhysicalMemory.OFFSET) + offset & ~PhysicalMemory.OFFSET) != 0) {
        break;
      }
    }
    return block();
  }

  private Block block() {
    int n = insns.size();
    Handler[] handlers = new Handler[n];
    for (int i = 0; i < n; i++) {
      Insn insn = insns.get(i);
      Handler handler = Bindings.handler(cpu, insn);
      handlers[i] = guard.concerns(insn) ? new GuardedHandler(guard, handler) : handler;
    }
    return new Block(physical, cpu.mode, insns.toArray(Insn[]::new), handlers, secondPage);
  }

  /** The bytes that a block was decoded from. */
  byte[] bytes(Block block) {
    byte[] bytes = new byte[block.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = byteOf(block, i);
    }
    return bytes;
  }

  /** Whether memory still has the bytes that a block was decoded from. */
  boolean isUnchanged(Block block) {
    for (int i = 0; i < block.bytes.length; i++) {
      if (block.bytes[i] != byteOf(block, i)) {
        return false;
      }
    }
    return true;
  }

  private byte byteOf(Block block, int i) {
    int onSecond = (int) (block.physical & PhysicalMemory.OFFSET) + i - 4096;
    long at = memory.hostForRead(onSecond < 0 ? block.physical + i : block.secondPage + onSecond);
    return at == 0 ? (byte) 0xff : RawMemory.getByte(at);
  }

  /** The instruction at an offset, or null if the block ends before it. */
  private Insn next(int offset) {
    insnAddress = blockAddress + offset;
    try {
      Insn insn = decoder.decode(this, cpu.mode, offset);
      if (offset == 0) {
        if (!withinLimit(cpu, insn.length)) {
          throw cpu.gp(0);
        }
      } else if (secondPage >= 0 || !withinLimit(cpu, insn.end)) {
        // Only an instruction at the start of its block may cross a page: it may fault there.
        secondPage = -1;
        return null;
      }
      return insn;
    } catch (UndefinedOpcode undefined) {
      if (offset > 0) {
        secondPage = -1;
        return null;
      }
      throw undefined == UndefinedOpcode.TOO_LONG ? cpu.gp(0) : cpu.ud();
    } catch (GuestFault fault) {
      if (offset > 0) {
        return null;
      }
      throw fault;
    }
  }

  @Override
  public int at(int offset) {
    int fromBlock = (int) (insnAddress - blockAddress) + offset;
    int inPage = ((int) physical & PhysicalMemory.OFFSET) + fromBlock;
    if (inPage < 4096) {
      return host == 0 ? 0xff : RawMemory.getByte(host + fromBlock) & 0xff;
    }
    if (secondPage < 0) {
      long next = insnAddress + offset;
      secondPage = cpu.mmu.fetch(cpu.in(Mode.CODE64) ? next : next & 0xffffffffL);
      secondHost = memory.hostForRead(secondPage);
    }
    return secondHost == 0 ? 0xff : RawMemory.getByte(secondHost + inPage - 4096) & 0xff;
  }
}
