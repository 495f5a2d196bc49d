package org.jvmm.net;

import org.jvmm.core.backend.NetBackend;
import org.jvmm.core.backend.NetFrontend;

/** Joins two backends as if a cable went from one to the other: a hub's port and a socket. */
public final class Joint {
  private Joint() {}

  /** Joins two backends that have no card. They are closed by who opened them. */
  public static void join(NetBackend one, NetBackend other) {
    one.connect(new End(one, other));
    other.connect(new End(other, one));
  }

  /** What one backend sees: a card that passes everything on to the other. */
  private record End(NetBackend here, NetBackend there) implements NetFrontend {
    @Override
    public boolean receive(byte[] frame, int offset, int length) {
      return there.offer(frame, offset, length);
    }

    @Override
    public void writable() {
      there.receiverReady();
    }

    @Override
    public void linkChanged() {
      if (!here.linkUp()) {
        there.receiverReady(); // what it holds is lost now
      }
    }
  }
}
