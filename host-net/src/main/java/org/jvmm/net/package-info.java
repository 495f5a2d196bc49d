/** Host ends of network cards: a hub in the process, datagram sockets. */
package org.jvmm.net;
