package org.jvmm.block;

/** The contract past the host's page cache. */
final class RawImageDirectTest extends BlockImageContract {
  @Override
  protected String format() {
    return "raw";
  }

  @Override
  protected boolean checkable() {
    return false;
  }

  @Override
  protected OpenOptions openOptions() {
    return OpenOptions.WRITABLE.withCache(CacheMode.NONE);
  }
}
