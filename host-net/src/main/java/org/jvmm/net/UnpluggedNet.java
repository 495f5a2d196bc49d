package org.jvmm.net;

import org.jvmm.core.backend.NetBackend;
import org.jvmm.core.backend.NetFrontend;

/** A cable that is not there: no carrier, nothing comes, and what is sent is lost. */
public final class UnpluggedNet implements NetBackend {
  @Override
  public void connect(NetFrontend card) {}

  @Override
  public void disconnect() {}

  @Override
  public boolean offer(byte[] frame, int offset, int length) {
    return true;
  }

  @Override
  public void receiverReady() {}

  @Override
  public boolean linkUp() {
    return false;
  }

  @Override
  public void close() {}
}
