/** Files from mirrors: resumable verified downloads and the store that keeps them by hash. */
package org.jvmm.guests.fetch;
