package org.jvmm.net;

import java.util.List;
import org.jvmm.core.backend.NetBackend;
import org.jvmm.testkit.NetBackendContract;

/** Two hubs, joined: the cards at either are as at one. */
final class JointTest extends NetBackendContract {
  private final Hub one = new Hub("one");
  private final Hub other = new Hub("other");

  @Override
  protected List<NetBackend> wire() {
    Joint.join(one.port(), other.port());
    return List.of(one.port(), other.port());
  }

  @Override
  protected void closeRest() {
    one.close();
    other.close();
  }
}
