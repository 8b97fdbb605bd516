// The client that all libraries are, its code, and the header that picks the
// provider's answer.

export const id = 's6BhdRkqt3'
export const secret = 'gX1fBat3bV'
export const code = 'SplxlOBeZQQYbYS6WxSbIA'
export const redirectURI = 'https://client.test/cb'

export const headers = (call) => ({ 'X-Case': call.case })

// seen is the answer for what a library threw.
export const seen = (err, error) => ({ error: typeof error === 'string' ? error : '', how: err.name + (err.code ? ` ${err.code}` : '') })

// succeeded is the answer if it threw nothing.
export const succeeded = { error: '', how: 'no error' }
