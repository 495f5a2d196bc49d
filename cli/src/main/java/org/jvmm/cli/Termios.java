package org.jvmm.cli;

import org.jvmm.core.accel.AccelException;
import org.jvmm.kvm.nativecall.NativeCalls;
import org.jvmm.kvm.nativecall.NativeLibrary;
import org.jvmm.kvm.nativecall.NativeMemory;

/**
 * Linux's terminal on standard input, through the native calls that KVM needs anyway: a terminal
 * library costs a cold JVM a quarter of the time to the guest's first instruction. Layout and
 * numbers are those of asm-generic/termbits.h and ioctls.h.
 */
final class Termios {
  private static final int TCGETS = 0x5401, TCSETS = 0x5402;
  private static final int SIZE = 36;
  private static final int C_IFLAG = 0, C_OFLAG = 4, C_LFLAG = 12, C_CC = 17;
  private static final int VTIME = 5, VMIN = 6;
  private static final int BRKINT = 2,
      ISTRIP = 0x20,
      INLCR = 0x40,
      IGNCR = 0x80,
      ICRNL = 0x100,
      IXON = 0x400;
  private static final int OPOST = 1;
  private static final int ISIG = 1, ICANON = 2, ECHO = 8, IEXTEN = 0x8000;
  private static final int STDIN = 0;

  private Termios() {}

  /** Whether the numbers here are this host's. */
  static boolean isHere() {
    return System.getProperty("os.name").equals("Linux")
        && System.getProperty("os.arch").equals("amd64");
  }

  /**
   * Makes the terminal raw: every key goes to the reader at once.
   *
   * @return gives it back as it was
   * @throws UsageException if the terminal cannot be set
   */
  static Runnable raw() {
    NativeCalls calls;
    try {
      calls = NativeLibrary.get();
    } catch (AccelException e) {
      throw new UsageException("cannot set the terminal to raw mode: " + e.getMessage(), e);
    }
    byte[] before = new byte[SIZE];
    try (NativeMemory termios = new NativeMemory(calls, SIZE)) {
      require(calls.ioctl(STDIN, TCGETS, termios.address()));
      termios.copyOut(0, before, SIZE);
      clear(termios, C_IFLAG, BRKINT | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
      clear(termios, C_OFLAG, OPOST);
      clear(termios, C_LFLAG, ISIG | ICANON | ECHO | IEXTEN);
      termios.putByte(C_CC + VMIN, 1);
      termios.putByte(C_CC + VTIME, 0);
      require(calls.ioctl(STDIN, TCSETS, termios.address()));
    }
    return () -> set(calls, before);
  }

  private static void clear(NativeMemory termios, int field, int flags) {
    termios.putInt(field, termios.getInt(field) & ~flags);
  }

  private static void require(int result) {
    if (result < 0) {
      throw new UsageException("cannot set the terminal to raw mode: errno " + -result);
    }
  }

  /** Fails silently: the terminal may be gone, and this is the way out. */
  private static void set(NativeCalls calls, byte[] state) {
    try (NativeMemory termios = new NativeMemory(calls, SIZE)) {
      termios.copyIn(state, SIZE, 0);
      calls.ioctl(STDIN, TCSETS, termios.address());
    }
  }
}
