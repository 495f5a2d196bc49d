package org.jvmm.devices.ps2;

import org.jvmm.core.device.Resettable;
import org.jvmm.core.device.Snapshotable;
import org.jvmm.core.device.StateCheck;

/** The PS/2 mouse: three buttons, with a wheel or five buttons once the host has knocked for it. */
public final class Ps2Mouse implements Ps2Device, Resettable, Snapshotable<Ps2Mouse.State> {
  /** Buttons of {@link #move}. */
  public static final int LEFT = 1, RIGHT = 1 << 1, MIDDLE = 1 << 2, SIDE = 1 << 3, EXTRA = 1 << 4;

  /** Commands from the host. */
  private static final class Command {
    static final int SCALING_1_1 = 0xe6, SCALING_2_1 = 0xe7, RESOLUTION = 0xe8, STATUS = 0xe9;
    static final int STREAM = 0xea, READ_DATA = 0xeb, WRAP_OFF = 0xec, WRAP_ON = 0xee;
    static final int REMOTE = 0xf0, IDENTIFY = 0xf2, SAMPLE_RATE = 0xf3, ENABLE = 0xf4;
    static final int DISABLE = 0xf5, DEFAULTS = 0xf6, RESEND = 0xfe, RESET = 0xff;
  }

  /** Bits of {@link #mode}, in the places where the status reply has them. */
  private static final class Mode {
    static final int SCALING = 1 << 4, ENABLED = 1 << 5, REMOTE = 1 << 6, WRAP = 1 << 8;
    static final int MASK = SCALING | ENABLED | REMOTE | WRAP;
    static final int IN_STATUS = SCALING | ENABLED | REMOTE;
  }

  /** Identities: plain, IntelliMouse with wheel, IntelliMouse Explorer. */
  private static final int PLAIN = 0, WHEEL = 3, FIVE_BUTTONS = 4;

  /** The sample rates in the order that make the mouse change its identity, newest lowest. */
  private static final int KNOCK_WHEEL = 200 << 16 | 100 << 8 | 80;

  private static final int KNOCK_FIVE_BUTTONS = 200 << 16 | 200 << 8 | 80;
  private static final int KNOCK_MASK = 0xff_ffff;

  private static final int VERSION = 1;
  private static final int NO_COMMAND = 0;
  private static final int SELF_TEST_PASSED = 0xaa;
  private static final int DEFAULT_RATE = 100, DEFAULT_RESOLUTION = 2;
  private static final int BUTTONS = 0x1f;

  /** Motion that waits is bounded; a packet carries at most 255 counts, the wheel 7. */
  private static final int MOTION_LIMIT = 1 << 16;

  private static final int PACKET_LIMIT = 255, WHEEL_LIMIT = 7;

  // Glue
  private volatile Runnable listener = () -> {};

  // Volatile state
  private final Outbox outbox = new Outbox();
  private int command, mode, identity, rate, resolution, knock;

  /** Motion since the last packet, in PS/2's direction: up is positive. */
  private int dx, dy, dz;

  private int buttons;

  /** The volatile state. */
  public record State(
      int version,
      int command,
      int mode,
      int identity,
      int rate,
      int resolution,
      int knock,
      int dx,
      int dy,
      int dz,
      int buttons,
      Outbox.State outbox) {}

  /** A mouse after power-on. */
  public Ps2Mouse() {
    reset();
  }

  @Override
  public void onReady(Runnable next) {
    listener = next;
  }

  @Override
  public synchronized void reset() {
    outbox.clear();
    buttons = 0;
    command = NO_COMMAND;
    identity = PLAIN;
    knock = 0;
    setDefaults();
  }

  private void setDefaults() {
    mode = 0;
    rate = DEFAULT_RATE;
    resolution = DEFAULT_RESOLUTION;
    forgetMotion();
  }

  private void forgetMotion() {
    dx = dy = dz = 0;
    outbox.clearStream();
  }

  /**
   * The user moves the mouse or changes its buttons. Any thread.
   *
   * @param right counts to the right
   * @param down counts towards the user, as on a screen
   * @param wheel steps of the wheel towards the user
   * @param pressed the buttons that are down
   */
  public void move(int right, int down, int wheel, int pressed) {
    synchronized (this) {
      boolean reports = (mode & (Mode.ENABLED | Mode.REMOTE | Mode.WRAP)) == Mode.ENABLED;
      boolean clicks = (pressed & BUTTONS) != buttons;
      if (reports || (mode & Mode.REMOTE) != 0) {
        dx = limit(dx + limit(right, MOTION_LIMIT), MOTION_LIMIT);
        dy = limit(dy - limit(down, MOTION_LIMIT), MOTION_LIMIT);
        dz = limit(dz + limit(wheel, MOTION_LIMIT), MOTION_LIMIT);
      }
      buttons = pressed & BUTTONS;
      // A click gets its packet at once, motion waits for the host: nothing is lost, little queued.
      if (reports && clicks && outbox.hasRoomFor(4)) {
        outbox.append(packet());
      }
    }
    listener.run();
  }

  private static int limit(int value, int most) {
    return Math.max(-most, Math.min(most, value));
  }

  /** Takes as much motion as a packet can carry. */
  private int[] packet() {
    int x = limit(dx, PACKET_LIMIT);
    int y = limit(dy, PACKET_LIMIT);
    int z = limit(dz, WHEEL_LIMIT);
    dx -= x;
    dy -= y;
    dz -= identity == PLAIN ? dz : z;
    int head = 1 << 3 | buttons & (LEFT | RIGHT | MIDDLE) | (x < 0 ? 1 << 4 : 0);
    head |= y < 0 ? 1 << 5 : 0;
    return switch (identity) {
      case PLAIN -> new int[] {head, x & 0xff, y & 0xff};
      case WHEEL -> new int[] {head, x & 0xff, y & 0xff, z & 0xff};
      default -> {
        int side = buttons >> 3 << 4; // SIDE and EXTRA
        yield new int[] {head, x & 0xff, y & 0xff, z & 0xf | side};
      }
    };
  }

  @Override
  public synchronized int transmit() {
    boolean moved = (dx | dy) != 0 || dz != 0 && identity != PLAIN;
    if (moved && (mode & Mode.REMOTE) == 0 && outbox.isStreamEmpty()) {
      outbox.append(packet());
    }
    return outbox.poll();
  }

  @Override
  public synchronized boolean receive(int value) {
    int pending = command;
    command = NO_COMMAND;
    boolean wrapped = (mode & Mode.WRAP) != 0;
    if (wrapped && value != Command.WRAP_OFF && value != Command.RESET) {
      outbox.reply(value);
    } else if (pending != NO_COMMAND) {
      parameter(pending, value);
    } else {
      command(value);
    }
    return true;
  }

  private void parameter(int pending, int value) {
    if (pending == Command.RESOLUTION) {
      resolution = value;
    } else {
      rate = value;
      knock = (knock << 8 | value) & KNOCK_MASK;
      identity = knock == KNOCK_WHEEL ? WHEEL : identity;
      identity = knock == KNOCK_FIVE_BUTTONS ? FIVE_BUTTONS : identity;
    }
    outbox.reply(Outbox.ACK);
  }

  private void command(int value) {
    if (value != Command.RESEND) {
      outbox.clearStream(); // half a packet after the reply would be taken for a whole one
    }
    switch (value) {
      case Command.SCALING_1_1 -> changeMode(Mode.SCALING, 0);
      case Command.SCALING_2_1 -> changeMode(0, Mode.SCALING);
      case Command.STREAM -> changeMode(Mode.REMOTE, 0);
      case Command.REMOTE -> changeMode(0, Mode.REMOTE);
      case Command.WRAP_OFF -> changeMode(Mode.WRAP, 0);
      case Command.WRAP_ON -> changeMode(0, Mode.WRAP);
      case Command.ENABLE -> changeMode(0, Mode.ENABLED);
      case Command.DISABLE -> changeMode(Mode.ENABLED, 0);
      case Command.RESOLUTION, Command.SAMPLE_RATE -> {
        command = value;
        outbox.reply(Outbox.ACK);
      }
      case Command.DEFAULTS -> {
        setDefaults();
        outbox.reply(Outbox.ACK);
      }
      case Command.IDENTIFY -> outbox.reply(Outbox.ACK, identity);
      case Command.STATUS -> outbox.reply(Outbox.ACK, status(), resolution, rate);
      case Command.READ_DATA -> replyPacket();
      case Command.RESEND -> outbox.replyLast();
      case Command.RESET -> {
        reset();
        outbox.reply(Outbox.ACK, SELF_TEST_PASSED, PLAIN);
      }
      default -> outbox.reply(Outbox.RESEND);
    }
  }

  private void changeMode(int off, int on) {
    mode = mode & ~off | on;
    forgetMotion();
    outbox.reply(Outbox.ACK);
  }

  private int status() {
    int shown = (buttons & RIGHT) != 0 ? 1 : 0;
    shown |= (buttons & MIDDLE) != 0 ? 1 << 1 : 0;
    shown |= (buttons & LEFT) != 0 ? 1 << 2 : 0;
    return mode & Mode.IN_STATUS | shown;
  }

  private void replyPacket() {
    int[] packet = packet();
    int[] reply = new int[packet.length + 1];
    reply[0] = Outbox.ACK;
    System.arraycopy(packet, 0, reply, 1, packet.length);
    outbox.reply(reply);
  }

  @Override
  public synchronized State save() {
    return new State(
        VERSION,
        command,
        mode,
        identity,
        rate,
        resolution,
        knock,
        dx,
        dy,
        dz,
        buttons,
        outbox.save());
  }

  @Override
  public synchronized void restore(State state) {
    StateCheck check = new StateCheck("ps2 mouse");
    check.version(VERSION, state.version);
    check.bits("command", state.command, 0xff);
    check.bits("mode", state.mode, Mode.MASK);
    check.that(
        state.identity == PLAIN || state.identity == WHEEL || state.identity == FIVE_BUTTONS,
        "identity",
        state.identity);
    check.bits("rate", state.rate, 0xff);
    check.bits("resolution", state.resolution, 0xff);
    check.bits("knock", state.knock, KNOCK_MASK);
    check.that(state.dx == limit(state.dx, MOTION_LIMIT), "dx", state.dx);
    check.that(state.dy == limit(state.dy, MOTION_LIMIT), "dy", state.dy);
    check.that(state.dz == limit(state.dz, MOTION_LIMIT), "dz", state.dz);
    check.bits("buttons", state.buttons, BUTTONS);
    Outbox.validate(check, state.outbox);
    command = state.command;
    mode = state.mode;
    identity = state.identity;
    rate = state.rate;
    resolution = state.resolution;
    knock = state.knock;
    dx = state.dx;
    dy = state.dy;
    dz = state.dz;
    buttons = state.buttons;
    outbox.restore(state.outbox);
  }
}
