package org.jvmm.guests.fetch;

import java.net.URI;

/** The mirror does not have what its index promises: no such file, or other content. */
public final class StaleMirrorException extends GuestException {
  private static final long serialVersionUID = 1L;

  public StaleMirrorException(URI uri, String what) {
    super("%s: %s".formatted(uri, what));
  }
}
