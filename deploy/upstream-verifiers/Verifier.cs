// Needs Microsoft.IdentityModel.JsonWebTokens, 7 or later.
using System.Security;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

/// <summary>set: the gateway's JWK set as text; fetch it anew every few minutes.</summary>
public sealed class Verifier(string set, string issuer, string audience)
{
    private readonly TokenValidationParameters rules = new()
    {
        IssuerSigningKeys = new JsonWebKeySet(set).GetSigningKeys(),
        ValidIssuer = issuer,
        ValidAudience = audience,
        ValidTypes = ["txntoken+jwt"],
        ValidAlgorithms = ["ES256", "ES384", "PS256", "PS512"],
        ClockSkew = TimeSpan.FromSeconds(5),
    };

    /// <summary>The Txn-Token, verified; throws where it is none, or none for this request.</summary>
    public async Task<JsonWebToken> Verify(string token, string method, string path)
    {
        // It does not throw: it says so in IsValid.
        var result = await new JsonWebTokenHandler().ValidateTokenAsync(token, rules);
        if (!result.IsValid) throw new SecurityException("no valid transaction token", result.Exception);
        var verified = (JsonWebToken)result.SecurityToken;
        if (Required.Any(name => !verified.TryGetPayloadValue<object>(name, out _)))
            throw new SecurityException("no whole transaction token");
        // Not result.Claims: an object in there is something else from one version to the next.
        if (!verified.TryGetPayloadValue<JsonElement>("tctx", out var context) || context.ValueKind != JsonValueKind.Object
            || Text(context, "method") != method || Text(context, "path") != path)
            throw new SecurityException("for another request");
        return verified;
    }

    private static string? Text(JsonElement context, string name) =>
        context.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static readonly string[] Required = ["iat", "txn", "sub", "scope"];
}
