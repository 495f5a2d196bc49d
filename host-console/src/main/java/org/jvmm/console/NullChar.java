package org.jvmm.console;

import org.jvmm.core.backend.CharBackend;
import org.jvmm.core.backend.CharFrontend;

/** Swallows the guest's output and types nothing ({@code -serial null}). */
public final class NullChar implements CharBackend {
  @Override
  public void connect(CharFrontend device) {}

  @Override
  public boolean offer(int value) {
    return true;
  }

  @Override
  public void receiverReady() {}

  @Override
  public void close() {}
}
