// The calls of libsrtp 3 that the worker makes, on top of libsrtp 2: version 3 reads from one buffer, writes to
// another and is told how large that is; version 2 works in place and trusts its caller.
#pragma once
#include <srtp2/srtp.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

// Status codes and names that version 2 does not have.
#define srtp_err_status_buffer_small static_cast<srtp_err_status_t>(28)
#define srtp_err_status_cryptex_err static_cast<srtp_err_status_t>(29)
#define srtp_stream_remove srtp_remove_stream

namespace srtp3
{
	// `growth`: by how many bytes the call may lengthen the packet.
	inline srtp_err_status_t inPlace(
	  srtp_err_status_t (*call)(srtp_t, void*, int*),
	  srtp_t session,
	  const uint8_t* in,
	  size_t inLen,
	  uint8_t* out,
	  size_t* outLen,
	  size_t growth)
	{
		if (*outLen < inLen + growth)
		{
			return srtp_err_status_buffer_small;
		}
		if (out != in)
		{
			std::memmove(out, in, inLen);
		}
		int len            = static_cast<int>(inLen);
		const auto status = call(session, out, &len);
		if (status == srtp_err_status_ok)
		{
			*outLen = static_cast<size_t>(len);
		}
		return status;
	}
} // namespace srtp3

// The trailer of SRTCP also holds the packet's index, 4 bytes.
inline srtp_err_status_t srtp_protect(
  srtp_t session, const uint8_t* in, size_t inLen, uint8_t* out, size_t* outLen, size_t /*mki*/)
{
	return srtp3::inPlace(::srtp_protect, session, in, inLen, out, outLen, SRTP_MAX_TRAILER_LEN);
}

inline srtp_err_status_t srtp_protect_rtcp(
  srtp_t session, const uint8_t* in, size_t inLen, uint8_t* out, size_t* outLen, size_t /*mki*/)
{
	return srtp3::inPlace(::srtp_protect_rtcp, session, in, inLen, out, outLen, SRTP_MAX_TRAILER_LEN + 4);
}

inline srtp_err_status_t srtp_unprotect(
  srtp_t session, const uint8_t* in, size_t inLen, uint8_t* out, size_t* outLen)
{
	return srtp3::inPlace(::srtp_unprotect, session, in, inLen, out, outLen, 0);
}

inline srtp_err_status_t srtp_unprotect_rtcp(
  srtp_t session, const uint8_t* in, size_t inLen, uint8_t* out, size_t* outLen)
{
	return srtp3::inPlace(::srtp_unprotect_rtcp, session, in, inLen, out, outLen, 0);
}
