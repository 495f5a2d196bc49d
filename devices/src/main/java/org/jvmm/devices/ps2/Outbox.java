package org.jvmm.devices.ps2;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jvmm.core.device.StateCheck;

/**
 * The bytes that a device has for the host: replies to commands go before the stream of input.
 * Public for the sake of its part in the devices' snapshots only.
 */
public final class Outbox {
  static final int ACK = 0xfa, RESEND = 0xfe;

  private static final int CAPACITY = 256;

  /** The longest reply, to the mouse's commands that ask for a packet. */
  private static final int LONGEST_REPLY = 5;

  private final Deque<Integer> replies = new ArrayDeque<>();
  private final Deque<Integer> stream = new ArrayDeque<>();
  private int last;

  Outbox() {}

  /** The state; {@code last} is what a resend repeats. */
  public record State(List<Integer> replies, List<Integer> stream, int last) {}

  /** Replaces what was left of the last reply: a command stops it. */
  void reply(int... bytes) {
    replies.clear();
    for (int value : bytes) {
      replies.add(value);
    }
  }

  /** Repeats the last byte sent. */
  void replyLast() {
    reply(last);
  }

  /** Appends input; the caller has asked {@link #hasRoomFor}. */
  void append(int... bytes) {
    for (int value : bytes) {
      stream.add(value);
    }
  }

  boolean hasRoomFor(int bytes) {
    return stream.size() + bytes <= CAPACITY;
  }

  boolean isStreamEmpty() {
    return stream.isEmpty();
  }

  void clearStream() {
    stream.clear();
  }

  void clear() {
    replies.clear();
    stream.clear();
    last = 0;
  }

  /** The next byte, or {@link Ps2Device#NOTHING}. */
  int poll() {
    Integer next = replies.isEmpty() ? stream.poll() : replies.poll();
    if (next == null) {
      return Ps2Device.NOTHING;
    }
    last = next;
    return next;
  }

  State save() {
    return new State(List.copyOf(replies), List.copyOf(stream), last);
  }

  static void validate(StateCheck check, State state) {
    check.that(state.replies.size() <= LONGEST_REPLY, "replies", state.replies);
    check.that(state.stream.size() <= CAPACITY, "stream", state.stream.size());
    state.replies.forEach(value -> check.bits("reply", value, 0xff));
    state.stream.forEach(value -> check.bits("stream", value, 0xff));
    check.bits("last", state.last, 0xff);
  }

  void restore(State state) {
    clear();
    replies.addAll(state.replies);
    stream.addAll(state.stream);
    last = state.last;
  }
}
