package org.jvmm.devices.dma;

import java.util.Arrays;
import java.util.List;
import org.jvmm.core.device.StateCheck;

/** One 8237A: four channels and the registers they share. Not thread-safe. */
final class I8237 {
  static final int CHANNELS = 4;

  /** Registers, of which the first eight are a channel's address and count in turn. */
  private static final int STATUS_COMMAND = 8, REQUEST = 9, SINGLE_MASK = 10, MODE = 11;

  private static final int CLEAR_FLIP_FLOP = 12, TEMPORARY_CLEAR = 13, CLEAR_MASK = 14;
  private static final int ALL_MASK = 15;

  private static final int CHANNEL = 3, SET = 1 << 2, WORD = 0xFFFF;

  /** Command register: the controller is off. */
  private static final int DISABLE = 1 << 2;

  /** Mode register. */
  static final class Mode {
    static final int TRANSFER = 3 << 2, VERIFY = 0, WRITE = 1 << 2, READ = 2 << 2;
    static final int AUTOINITIALIZE = 1 << 4, DECREMENT = 1 << 5, SELECT = 3 << 6;
    static final int CASCADE = 3 << 6;
  }

  private final Channel[] channels = new Channel[CHANNELS];
  private int command, status, mask;
  private boolean highByte;

  /** Registers of one channel. */
  private static final class Channel {
    int baseAddress, baseCount, address, count, mode;
  }

  /** A channel's registers. */
  public record ChannelState(int baseAddress, int baseCount, int address, int count, int mode) {}

  /** All registers. */
  public record State(
      int command, int status, int mask, boolean highByte, List<ChannelState> channels) {
    public State {
      channels = List.copyOf(channels);
    }
  }

  I8237() {
    for (int i = 0; i < CHANNELS; i++) {
      channels[i] = new Channel();
    }
    clear();
  }

  /** Master clear, the same as RESET: everything masked; addresses and counts stay. */
  void clear() {
    command = status = 0;
    mask = (1 << CHANNELS) - 1;
    highByte = false;
  }

  int read(int register) {
    return switch (register) {
      case STATUS_COMMAND -> {
        int value = status;
        status &= ~0x0F; // reading clears the terminal counts
        yield value;
      }
      case ALL_MASK -> mask | 0xF0;
      case REQUEST, SINGLE_MASK, MODE, CLEAR_FLIP_FLOP, TEMPORARY_CLEAR, CLEAR_MASK -> 0;
      default -> {
        Channel channel = channels[register >> 1];
        int value = (register & 1) == 0 ? channel.address : channel.count;
        highByte = !highByte;
        yield value >> (highByte ? 0 : 8) & 0xFF;
      }
    };
  }

  void write(int register, int value) {
    switch (register) {
      case STATUS_COMMAND -> command = value;
      case REQUEST -> setStatus(16 << (value & CHANNEL), (value & SET) != 0);
      case SINGLE_MASK -> {
        int bit = 1 << (value & CHANNEL);
        mask = (value & SET) != 0 ? mask | bit : mask & ~bit;
      }
      case MODE -> channels[value & CHANNEL].mode = value & ~CHANNEL;
      case CLEAR_FLIP_FLOP -> highByte = false;
      case TEMPORARY_CLEAR -> clear();
      case CLEAR_MASK -> mask = 0;
      case ALL_MASK -> mask = value & 0x0F;
      default -> writeChannel(channels[register >> 1], (register & 1) != 0, value);
    }
  }

  private void writeChannel(Channel channel, boolean count, int value) {
    int old = count ? channel.baseCount : channel.baseAddress;
    int now = highByte ? old & 0xFF | value << 8 : old & 0xFF00 | value;
    highByte = !highByte;
    if (count) {
      channel.baseCount = channel.count = now;
    } else {
      channel.baseAddress = channel.address = now;
    }
  }

  private void setStatus(int bit, boolean set) {
    status = set ? status | bit : status & ~bit;
  }

  // A transfer

  void request(int channel, boolean high) {
    setStatus(16 << channel, high);
  }

  boolean ready(int channel) {
    return (command & DISABLE) == 0
        && (mask >> channel & 1) == 0
        && (channels[channel].mode & Mode.SELECT) != Mode.CASCADE;
  }

  /** Whether channel 0 lets the other chip's requests through. */
  boolean cascades() {
    return (command & DISABLE) == 0 && (mask & 1) == 0;
  }

  void cascade() {
    write(MODE, Mode.CASCADE);
    write(SINGLE_MASK, 0);
  }

  int transferType(int channel) {
    return channels[channel].mode & Mode.TRANSFER;
  }

  boolean decrements(int channel) {
    return (channels[channel].mode & Mode.DECREMENT) != 0;
  }

  int address(int channel) {
    return channels[channel].address;
  }

  /** Transfers up to and with the terminal count. */
  int left(int channel) {
    return channels[channel].count + 1;
  }

  /**
   * Counts transfers that have been made, at most {@link #left}.
   *
   * @return whether the terminal count has been reached
   */
  boolean count(int number, int transfers) {
    Channel channel = channels[number];
    int step = decrements(number) ? -transfers : transfers;
    boolean terminal = transfers == left(number);
    channel.address = channel.address + step & WORD;
    channel.count = channel.count - transfers & WORD;
    if (terminal) {
      status |= 1 << number;
      if ((channel.mode & Mode.AUTOINITIALIZE) != 0) {
        channel.address = channel.baseAddress;
        channel.count = channel.baseCount;
      } else {
        mask |= 1 << number;
      }
    }
    return terminal;
  }

  // Snapshot

  State save() {
    return new State(
        command,
        status,
        mask,
        highByte,
        Arrays.stream(channels)
            .map(c -> new ChannelState(c.baseAddress, c.baseCount, c.address, c.count, c.mode))
            .toList());
  }

  static void check(StateCheck check, State state) {
    check.bits("command", state.command, 0xFF);
    check.bits("status", state.status, 0xFF);
    check.bits("mask", state.mask, 0x0F);
    check.that(state.channels.size() == CHANNELS, "channels", state.channels.size());
    for (ChannelState channel : state.channels) {
      check.bits("base address", channel.baseAddress, WORD);
      check.bits("base count", channel.baseCount, WORD);
      check.bits("address", channel.address, WORD);
      check.bits("count", channel.count, WORD);
      check.bits("mode", channel.mode, 0xFF & ~CHANNEL);
    }
  }

  void restore(State state) {
    command = state.command;
    status = state.status;
    mask = state.mask;
    highByte = state.highByte;
    for (int i = 0; i < CHANNELS; i++) {
      ChannelState saved = state.channels.get(i);
      Channel channel = channels[i];
      channel.baseAddress = saved.baseAddress;
      channel.baseCount = saved.baseCount;
      channel.address = saved.address;
      channel.count = saved.count;
      channel.mode = saved.mode;
    }
  }
}
