package org.jvmm.devices.ps2;

import org.jvmm.core.device.Resettable;
import org.jvmm.core.device.Snapshotable;
import org.jvmm.core.device.StateCheck;

/** The enhanced keyboard (101/102 keys), scan code set 2. */
public final class Ps2Keyboard implements Ps2Device, Resettable, Snapshotable<Ps2Keyboard.State> {
  /** {@link #key} code of Pause, which has no code of its own: it is Ctrl's and Num Lock's. */
  public static final int PAUSE = 0xc6;

  /** {@link #key} code of Print Screen. */
  public static final int PRINT_SCREEN = 0xb7;

  /** Commands from the host. */
  private static final class Command {
    static final int SET_LEDS = 0xed, ECHO = 0xee, SCAN_CODE_SET = 0xf0, IDENTIFY = 0xf2;
    static final int TYPEMATIC = 0xf3, ENABLE = 0xf4, DISABLE = 0xf5, DEFAULTS = 0xf6;
    static final int ALL_KEYS_FIRST = 0xf7, ALL_KEYS_LAST = 0xfa;
    static final int RESEND = 0xfe, RESET = 0xff;
  }

  private static final int VERSION = 1;
  private static final int NO_COMMAND = 0;
  private static final int SELF_TEST_PASSED = 0xaa;

  /** Room that presses leave to releases, so that no key sticks when the guest does not listen. */
  private static final int RELEASE_RESERVE = 64;

  private static final int BREAK = ScanCodes.BREAK, EXTENDED = ScanCodes.EXTENDED;

  /** Pause sends its release with its press. */
  private static final int[] PAUSE_CODES = {0xe1, 0x14, 0x77, 0xe1, BREAK, 0x14, BREAK, 0x77};

  private static final int[] PRINT_MAKE = {EXTENDED, 0x12, EXTENDED, 0x7c};
  private static final int[] PRINT_BREAK = {EXTENDED, BREAK, 0x7c, EXTENDED, BREAK, 0x12};
  private static final int[] NO_CODES = {};

  // Glue
  private volatile Runnable listener = () -> {};

  // Volatile state
  private final Outbox outbox = new Outbox();
  private boolean scanning = true;

  /** A command that waits for its parameter, or NO_COMMAND. */
  private int command = NO_COMMAND;

  /** The volatile state. */
  public record State(int version, boolean scanning, int command, Outbox.State outbox) {}

  @Override
  public void onReady(Runnable next) {
    listener = next;
  }

  @Override
  public synchronized void reset() {
    outbox.clear();
    scanning = true;
    command = NO_COMMAND;
  }

  /**
   * The user presses or releases a key. Any thread.
   *
   * @param code the key's set 1 code, 1..0x7f, plus 0x80 if it has the prefix E0: the numbering of
   *     QEMU and of its RFB extension; other codes are ignored
   */
  public void key(int code, boolean down) {
    int[] codes = codes(code, down);
    synchronized (this) {
      int room = codes.length + (down ? RELEASE_RESERVE : 0);
      if (!scanning || codes.length == 0 || !outbox.hasRoomFor(room)) {
        return;
      }
      outbox.append(codes);
    }
    listener.run();
  }

  private static int[] codes(int code, boolean down) {
    if (code == PAUSE) {
      return down ? PAUSE_CODES : NO_CODES;
    }
    if (code == PRINT_SCREEN) {
      return down ? PRINT_MAKE : PRINT_BREAK;
    }
    if ((code & ~0xff) != 0 || (code & 0x7f) == 0) {
      return NO_CODES;
    }
    int set2 = ScanCodes.toSet2(code & 0x7f);
    if ((code & 0x80) != 0) {
      return down ? new int[] {EXTENDED, set2} : new int[] {EXTENDED, BREAK, set2};
    }
    return down ? new int[] {set2} : new int[] {BREAK, set2};
  }

  @Override
  public synchronized int transmit() {
    return outbox.poll();
  }

  @Override
  public synchronized boolean receive(int value) {
    int pending = command;
    command = NO_COMMAND;
    if (pending != NO_COMMAND && value < Command.SET_LEDS) {
      parameter(pending, value);
    } else {
      command(value); // a command byte in place of a parameter is a new command
    }
    return true;
  }

  private void command(int value) {
    switch (value) {
      case Command.SET_LEDS, Command.SCAN_CODE_SET, Command.TYPEMATIC -> {
        command = value;
        outbox.reply(Outbox.ACK);
      }
      case Command.ECHO -> outbox.reply(Command.ECHO);
      case Command.IDENTIFY -> outbox.reply(Outbox.ACK, 0xab, 0x83);
      case Command.ENABLE -> scan(true);
      case Command.DISABLE -> scan(false);
      case Command.DEFAULTS -> scan(scanning);
      case Command.RESEND -> outbox.replyLast();
      case Command.RESET -> {
        scan(true);
        outbox.reply(Outbox.ACK, SELF_TEST_PASSED);
      }
      default -> {
        boolean setsKeyTypes = value >= Command.ALL_KEYS_FIRST && value <= Command.ALL_KEYS_LAST;
        outbox.reply(setsKeyTypes ? Outbox.ACK : Outbox.RESEND);
      }
    }
  }

  private void scan(boolean on) {
    scanning = on;
    outbox.clearStream();
    outbox.reply(Outbox.ACK);
  }

  private void parameter(int pending, int value) {
    if (pending != Command.SCAN_CODE_SET || value == 2) {
      outbox.reply(Outbox.ACK);
    } else if (value == 0) {
      outbox.reply(Outbox.ACK, 2); // asks for the set in use
    } else {
      outbox.reply(Outbox.RESEND);
    }
  }

  @Override
  public synchronized State save() {
    return new State(VERSION, scanning, command, outbox.save());
  }

  @Override
  public synchronized void restore(State state) {
    StateCheck check = new StateCheck("ps2 keyboard");
    check.version(VERSION, state.version);
    check.bits("command", state.command, 0xff);
    Outbox.validate(check, state.outbox);
    scanning = state.scanning;
    command = state.command;
    outbox.restore(state.outbox);
  }
}
