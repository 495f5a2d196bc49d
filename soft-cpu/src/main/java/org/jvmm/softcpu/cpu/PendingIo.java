package org.jvmm.softcpu.cpu;

import java.util.Arrays;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.softcpu.mmu.DeviceAccess;

/**
 * I/O of the current instruction, which is also the exit that the VMM sees.
 *
 * <p>An instruction that needs a device leaves with {@link VmExit}, having changed no register.
 * When the VMM has answered, the instruction runs again from its start; the accesses that were
 * answered are replayed from here, in order, and it gets one access further. So an instruction with
 * any number of device accesses is exact without a continuation for each.
 */
public final class PendingIo implements DeviceAccess, VcpuExit {
  /** Items of one string I/O exit. */
  public static final int MAX_ITEMS = 1024;

  private ExitReason reason = ExitReason.INTERRUPTED;
  private int port;
  private long address;
  private int size;
  private int count;
  private final long[] items = new long[MAX_ITEMS];
  private String detail = "";
  private int debugException;
  private long debugRip;
  private long debugDr6;

  /** Answers to the accesses that are done, in order; a write's is 0. */
  private long[] answers = new long[8];

  private int answered;
  private int replayed;

  /** An access is unanswered: the next run completes the instruction first. */
  private boolean waiting;

  /** Whether an instruction waits for the answer of the last exit. */
  public boolean waiting() {
    return waiting;
  }

  /** The VMM has answered: the instruction is about to run again. */
  public void replay() {
    if (answered == answers.length) {
      answers = Arrays.copyOf(answers, 2 * answered);
    }
    boolean read = reason == ExitReason.MMIO_READ || reason == ExitReason.IO_IN;
    answers[answered++] = read ? items[0] & mask(size) : 0;
    replayed = 0;
    waiting = false;
  }

  /** The instruction, or one iteration of it, is complete. */
  public void commit() {
    answered = 0;
    replayed = 0;
  }

  /** Forgets what was under way: the state is being replaced. */
  public void abandon() {
    commit();
    waiting = false;
  }

  private static long mask(int bytes) {
    return bytes >= 8 ? -1 : (1L << 8 * bytes) - 1;
  }

  @Override
  public long mmioRead(long gpa, int bytes) {
    return access(ExitReason.MMIO_READ, gpa, bytes, 0);
  }

  @Override
  public void mmioWrite(long gpa, int bytes, long value) {
    access(ExitReason.MMIO_WRITE, gpa, bytes, value);
  }

  /** IN. */
  public long portRead(int from, int bytes) {
    port = from;
    return access(ExitReason.IO_IN, 0, bytes, 0);
  }

  /** OUT. */
  public void portWrite(int to, int bytes, long value) {
    port = to;
    access(ExitReason.IO_OUT, 0, bytes, value);
  }

  private long access(ExitReason kind, long gpa, int bytes, long value) {
    if (replayed < answered) {
      return answers[replayed++];
    }
    address = gpa;
    items[0] = value & mask(bytes);
    throw exit(kind, bytes, 1);
  }

  /** Whether {@link #portString} of this instruction was answered: the items are there. Once. */
  public boolean takeAnswer() {
    boolean there = replayed < answered && count > 1;
    if (there) {
      commit();
    }
    return there;
  }

  /** An INS or OUTS of at least two items; those going out have been {@link #put}. */
  public VmExit portString(boolean in, int at, int bytes, int howMany) {
    port = at;
    return exit(in ? ExitReason.IO_IN : ExitReason.IO_OUT, bytes, howMany);
  }

  /** Sets an item that goes out. */
  public void put(int i, long value) {
    items[i] = value;
  }

  private VmExit exit(ExitReason kind, int bytes, int howMany) {
    reason = kind;
    size = bytes;
    count = howMany;
    waiting = true;
    return VmExit.EXIT;
  }

  /** Becomes an exit without I/O. */
  public void report(ExitReason why, String words) {
    reason = why;
    count = 0;
    detail = words;
  }

  /** Becomes an exit before an instruction that is not to be executed. */
  public VmExit stop() {
    report(ExitReason.INTERRUPTED, "guarded instruction");
    return VmExit.EXIT;
  }

  /** Becomes a debug exit, which may be thrown where an instruction is under way. */
  public VmExit reportDebug(int exception, long rip, long dr6) {
    report(ExitReason.DEBUG, "");
    debugException = exception;
    debugRip = rip;
    debugDr6 = dr6;
    return VmExit.EXIT;
  }

  @Override
  public ExitReason reason() {
    return reason;
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public long address() {
    return address;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public int count() {
    return count;
  }

  @Override
  public long data(int i) {
    return items[i] & mask(size);
  }

  @Override
  public void reply(int i, long value) {
    items[i] = value;
  }

  @Override
  public int vector() {
    return -1;
  }

  @Override
  public long debugRip() {
    return debugRip;
  }

  @Override
  public long debugDr6() {
    return debugDr6;
  }

  @Override
  public int debugException() {
    return debugException;
  }

  @Override
  public String detail() {
    return detail;
  }
}
